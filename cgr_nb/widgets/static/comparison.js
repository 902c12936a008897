// The comparison of arms: the drawing that the report has too, made in Python, and its words.
import { fill, h, plain, unpack } from "./dom.js";
import { adopted } from "./drawing.js";

// The wide drawing can't be read where it is shrunk further.
const NARROW = 700;

// Draws into `box`; gives back how to draw it again at another width or for another cost.
export function comparisonBox(model, box) {
  const notes = h("ul.cgr-notes");
  const label = "cost on the horizontal axis";
  const costs = h("span.cgr-switch", { role: "group", "aria-label": label });
  const drawing = h("div.cgr-drawing");
  const caption = h("p.cgr-caption");
  const words = "comparison of arms: accuracy against ";
  const title = h("div.cgr-title", null, words, costs, " per item");
  fill(box, title, drawing, caption, notes);
  let drawings = {};

  function choose(cost) {
    model.set("arm_cost", cost);
    model.save_changes();
  }
  function draw(width) {
    const found = model.get("comparison");
    const drawn = found.costs || [];
    box.hidden = !found.rows || !found.rows.length;
    const cost = drawn.includes(model.get("arm_cost")) ? model.get("arm_cost") : drawn[0];
    fill(
      costs,
      drawn.map((name) =>
        h(
          "button",
          {
            "data-choice": "arm_cost",
            "data-value": name,
            "aria-pressed": String(name === cost),
            onclick: () => choose(name),
          },
          name.replaceAll("_", " "),
        ),
      ),
    );
    const both = drawings[cost];
    const narrow = width < NARROW;
    const node = both && adopted(both[narrow ? 1 : 0]);
    drawing.classList.toggle("cgr-narrow", narrow);
    fill(drawing, node || plain(found.absence || ""));
    fill(caption, plain((node && (found.captions || {})[cost]) || ""));
    fill(
      notes,
      (found.notes || []).map((note) => h("li", null, plain(note))),
    );
  }
  async function read() {
    const bytes = model.get("drawings");
    drawings = bytes && bytes.byteLength ? await unpack(bytes) : {};
  }
  return { draw, read };
}
