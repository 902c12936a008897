// The run as the code that makes it without this panel.
import { fill, h, plain } from "./dom.js";

export function codeBox(model, change) {
  const box = h("div.cgr-code-box");
  function draw() {
    const made = model.get("code");
    box.hidden = !made.python;
    fill(
      box,
      h(
        "div.cgr-head",
        null,
        h("b", null, "as code"),
        h("span.cgr-faint", null, "the same run without this panel"),
        h("span.cgr-push"),
        h(
          "button",
          {
            onclick: () => {
              change("code", {});
            },
          },
          "close",
        ),
      ),
      [
        ["python", "Python: this panel in its current state"],
        ["shell", "shell: the same run"],
        ["toml", made.at],
      ].map(([key, name]) => [
        h("div.cgr-title", null, plain(name || "")),
        h("textarea.cgr-mono", {
          readonly: true,
          rows: Math.min(16, (made[key] || "").split("\n").length),
          value: made[key] || "",
          "aria-label": `as ${key}`,
          onfocus: (event) => event.target.select(),
        }),
      ]),
    );
  }
  return { box, draw };
}
