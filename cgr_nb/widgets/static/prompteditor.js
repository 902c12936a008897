// A prompt template: edited, previewed, tried, and taken into runs.
import { PROMPTS, ask, fill, h, kernelButton, later, live, long } from "./dom.js";
import { trialOf } from "./trial.js";

export function promptEditor(model, change) {
  const which = h(
    "select",
    {
      "aria-label": "prompt to edit",
      disabled: !live(model),
      onchange: () => change("prompt_name", which.value),
    },
    PROMPTS.map((name) => h("option", { value: name }, name)),
  );
  const editor = h("textarea.cgr-mono", {
    rows: 18,
    spellcheck: "false",
    "aria-label": "prompt template",
    value: model.get("prompt"),
    disabled: !live(model),
    oninput: later(() => change("prompt", editor.value), 150),
  });
  const preview = h("div.cgr-preview");
  const used = h("div.cgr-used");
  const tryIt = kernelButton(
    model,
    "button",
    {
      title: "ask the first chosen solver; nothing is recorded",
      onclick: () => {
        change("prompt", editor.value);
        ask(model, "try_prompt");
      },
    },
    "try it",
  );
  const hint = h("span.cgr-faint");
  const promptBox = h(
    "details.cgr-prompt",
    { open: Object.keys(model.get("prompts_used")).length > 0 },
    h("summary", null, "prompts: edit a template, see what it makes of the open item"),
    h(
      "div.cgr-buttons",
      null,
      which,
      h("span.cgr-faint.cgr-profile"),
      h("span.cgr-push"),
      tryIt,
      kernelButton(
        model,
        "button",
        {
          title:
            "keep this text as a new version and run with it from now on; " +
            "no older version is changed",
          onclick: () => {
            change("prompt", editor.value);
            ask(model, "use_prompt");
          },
        },
        "use in runs",
      ),
      kernelButton(
        model,
        "button",
        { title: "put the text back that runs use now", onclick: () => ask(model, "reset_prompt") },
        "reset",
      ),
    ),
    h(
      "div.cgr-template",
      null,
      h("div", null, h("div.cgr-title", null, "template"), editor),
      h("div", null, h("div.cgr-title", null, "as rendered"), hint, preview),
    ),
  );
  function drawPrompt() {
    if (editor.value !== model.get("prompt") && document.activeElement !== editor)
      editor.value = model.get("prompt");
    which.value = model.get("prompt_name");
    promptBox.querySelector(".cgr-profile").textContent =
      `for models of profile ${model.get("profile")}`;
    tryIt.disabled = !live(model) || !["direct", "cot"].includes(model.get("prompt_name"));
    fill(
      used,
      Object.entries(model.get("prompts_used")).map(([name, version]) =>
        h(
          "div",
          null,
          "runs use ",
          h("code", null, `${name}@${version}`),
          " ",
          kernelButton(
            model,
            "button.cgr-small",
            {
              title: "run without it again; its file stays",
              onclick: () => ask(model, "drop_prompt", { key: name }),
            },
            "drop",
          ),
        ),
      ),
    );
    const error = model.get("preview_error");
    hint.hidden = !error && Boolean(model.get("item").question);
    hint.className = error ? "cgr-wrong" : "cgr-faint";
    hint.textContent = error || "Open an item to see what the template makes of it.";
    fill(
      preview,
      model
        .get("preview")
        .map(([role, text]) =>
          h("div.cgr-message", null, h("span.cgr-who", null, role), long(text, 4000)),
        ),
      trialOf(model, "reply"),
    );
  }
  return { box: promptBox, used, draw: drawPrompt };
}
