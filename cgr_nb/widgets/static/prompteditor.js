// A prompt template: edited, previewed, tried, and taken into runs.
import { codeEditor } from "./codeeditor.js";
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
  const tryIt = () => {
    change("prompt", editor.text());
    ask(model, "try_prompt");
  };
  const editor = codeEditor(model, {
    label: "prompt template",
    language: "template",
    rows: 18,
    text: model.get("prompt"),
    onInput: later(() => change("prompt", editor.text()), 150),
    onSubmit: () => tryButton.disabled || tryIt(),
  });
  const preview = h("div.cgr-preview");
  const used = h("div.cgr-used");
  const tryButton = kernelButton(
    model,
    "button",
    { title: "ask the first selected solver (Ctrl+Enter); nothing is recorded", onclick: tryIt },
    "try it",
  );
  const hint = h("span.cgr-faint");
  const promptBox = h(
    "details.cgr-prompt",
    {
      open: Object.keys(model.get("prompts_used")).length > 0,
      ontoggle: () => promptBox.open && editor.open(),
    },
    h("summary", null, "prompts: edit a template and preview it on the open item"),
    h(
      "div.cgr-buttons",
      null,
      which,
      h("span.cgr-faint.cgr-profile"),
      h("span.cgr-push"),
      tryButton,
      kernelButton(
        model,
        "button",
        {
          title:
            "save this text as a new version and use it in runs; " +
            "older versions are not changed",
          onclick: () => {
            change("prompt", editor.text());
            ask(model, "use_prompt");
          },
        },
        "use in runs",
      ),
      kernelButton(
        model,
        "button",
        {
          title: "restore the text that runs currently use",
          onclick: () => ask(model, "reset_prompt"),
        },
        "reset",
      ),
    ),
    h(
      "div.cgr-template",
      null,
      h("div", null, h("div.cgr-title", null, "template"), editor.box),
      h("div", null, h("div.cgr-title", null, "as rendered"), hint, preview),
    ),
  );
  function drawPrompt() {
    if (!editor.focused()) editor.put(model.get("prompt"));
    if (promptBox.open) editor.open();
    which.value = model.get("prompt_name");
    promptBox.querySelector(".cgr-profile").textContent =
      `for models of profile ${model.get("profile")}`;
    tryButton.disabled = !live(model) || !["direct", "cot"].includes(model.get("prompt_name"));
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
              title: "stop using it in runs; its file is kept",
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
    hint.textContent = error || "Open an item to preview the template.";
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
  return { box: promptBox, used, draw: drawPrompt, stop: editor.close };
}
