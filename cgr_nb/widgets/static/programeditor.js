// A program of an answer, as a text that can be changed and run; nothing of it is recorded.
import { ask, fill, h, kernelButton, live } from "./dom.js";
import { trialOf } from "./trial.js";

export function programEditor(model, change) {
  const programText = h("textarea.cgr-mono", {
    rows: 14,
    spellcheck: "false",
    "aria-label": "program to run",
    disabled: !live(model),
  });
  const programOut = h("div");
  const programBox = h(
    "div.cgr-program-box",
    { hidden: true },
    h(
      "div.cgr-head",
      null,
      h("b", null, "program"),
      h("span.cgr-faint.cgr-of"),
      h("span.cgr-push"),
      kernelButton(
        model,
        "button.cgr-main",
        {
          title: "run it for this item with the row's solver; nothing is recorded",
          onclick: () =>
            ask(model, "try_program", {
              source: programText.value,
              solver: model.get("program").solver,
            }),
        },
        "run it",
      ),
      kernelButton(
        model,
        "button",
        { title: "step through what it just did", onclick: () => ask(model, "step_trial") },
        "step",
      ),
      h(
        "button",
        {
          title: "put the program away",
          onclick: () => {
            change("program", {});
          },
        },
        "close",
      ),
    ),
    programText,
    programOut,
  );
  let programOf = null;
  function draw() {
    const { row, solver, source } = model.get("program");
    programBox.hidden = !source;
    if (!source) {
      programOf = null;
      return;
    }
    if (programOf !== row) {
      programText.value = source;
      programOf = row;
    }
    programBox.querySelector(".cgr-of").textContent = `asks ${solver}`;
    fill(programOut, trialOf(model, "calls"));
  }
  return { box: programBox, draw };
}
