// Heads of the list of items: a click sorts by one, another turns the order round.
import { SORTS, fill, h, kernelButton } from "./dom.js";

// The most of it first is the order in which disagreement is of use.
const isDown = (name, back) => (name === "disagreement") !== back;

export function sortHead(model, change) {
  const box = h("div.cgr-sorts", { role: "group", "aria-label": "sort items by" });
  const draw = () => {
    const [by, back] = [model.get("sort"), model.get("backwards")];
    fill(
      box,
      SORTS.map((name) =>
        kernelButton(
          model,
          "button.cgr-sort",
          {
            reads: true,
            "aria-pressed": String(name === by),
            title: name === by ? "reverse the order" : `sort by: ${name}`,
            onclick: () => {
              change("backwards", name === by ? !back : false);
              change("sort", name);
            },
          },
          name,
          name === by ? h("span", { "aria-hidden": "true" }, isDown(name, back) ? " ▼" : " ▲") : "",
          name === by && back ? h("span.cgr-hear", null, " backwards") : "",
        ),
      ),
    );
  };
  return { box, draw };
}
