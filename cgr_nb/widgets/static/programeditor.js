// A program of an answer, as a text that can be changed and run; nothing of it is recorded.
import { codeEditor } from "./codeeditor.js";
import { ask, fill, h, kernelButton } from "./dom.js";
import { trialOf } from "./trial.js";

export function programEditor(model, change) {
  const runIt = () =>
    ask(model, "try_program", { source: editor.text(), solver: model.get("program").solver });
  const editor = codeEditor(model, {
    label: "program to run",
    language: "python",
    rows: 14,
    onSubmit: runIt,
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
          title: "run it for this item with the row's solver (Ctrl+Enter); nothing is recorded",
          onclick: runIt,
        },
        "run it",
      ),
      kernelButton(
        model,
        "button",
        { title: "step through this run", onclick: () => ask(model, "step_trial") },
        "step",
      ),
      h(
        "button",
        {
          title: "close the program",
          onclick: () => {
            change("program", {});
          },
        },
        "close",
      ),
    ),
    editor.box,
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
      editor.put(source);
      programOf = row;
    }
    editor.open();
    programBox.querySelector(".cgr-of").textContent = `asks ${solver}`;
    fill(programOut, trialOf(model, "calls"));
  }
  return { box: programBox, draw, stop: editor.close };
}
