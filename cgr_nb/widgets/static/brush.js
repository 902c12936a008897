// Picking marks: a click picks one, shift or ctrl adds, a drag picks everything it touches.
import { s } from "./svg.js";

// `marks`: [{ code, node, x0, y0, x1, y1 }] in reading order. `picking` outlives a drawing:
// `pick(codes, add)` is told
// what was picked, `picked()` knows it, `anchor` is where a range with shift begins.
export function brushable(chart, marks, picking) {
  const { pick, picked } = picking;
  const byCode = new Map(marks.map((one) => [one.code, one]));
  const extends_ = (event) => event.shiftKey || event.ctrlKey || event.metaKey;
  let from = null,
    box = null,
    dragged = false;

  function one(code, event) {
    if (event.shiftKey && byCode.has(picking.anchor)) {
      const order = marks.map((mark) => mark.code);
      const ends = [order.indexOf(picking.anchor), order.indexOf(code)].sort((a, b) => a - b);
      return pick(order.slice(ends[0], ends[1] + 1), true);
    }
    picking.anchor = code;
    if (!extends_(event))
      return pick(picked().length === 1 && picked()[0] === code ? [] : [code], false);
    return picked().includes(code)
      ? pick(
          picked().filter((other) => other !== code),
          false,
        )
      : pick([code], true);
  }
  const at = (event) => {
    const edge = chart.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  };
  chart.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = at(event);
    dragged = false;
  });
  chart.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = at(event);
    if (!box && Math.hypot(x - from[0], y - from[1]) < 5) return;
    if (!box) {
      chart.setPointerCapture(event.pointerId);
      box = s("rect", { class: "cgr-brush" });
      chart.append(box);
    }
    for (const [name, value] of [
      ["x", Math.min(x, from[0])],
      ["y", Math.min(y, from[1])],
      ["width", Math.abs(x - from[0])],
      ["height", Math.abs(y - from[1])],
    ])
      box.setAttribute(name, value);
  });
  const end = (event) => {
    if (!from) return;
    const [x, y] = at(event),
      [x0, y0] = from;
    from = null;
    if (!box) return;
    box.remove();
    box = null;
    dragged = true;
    const touched = marks.filter(
      (mark) =>
        mark.x0 <= Math.max(x, x0) &&
        mark.x1 >= Math.min(x, x0) &&
        mark.y0 <= Math.max(y, y0) &&
        mark.y1 >= Math.min(y, y0),
    );
    if (touched.length)
      pick(
        touched.map((mark) => mark.code),
        extends_(event),
      );
  };
  chart.addEventListener("pointerup", end);
  chart.addEventListener("pointercancel", () => {
    from = null;
    if (box) box.remove();
    box = null;
  });
  chart.addEventListener("click", (event) => {
    if (dragged) {
      dragged = false;
      return;
    }
    const code = event.target.closest("[data-code]")?.dataset.code;
    if (code !== undefined) one(Number(code), event);
  });
  chart.addEventListener("keydown", (event) => {
    const code = event.target.closest("[data-code]")?.dataset.code;
    if (code === undefined || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    one(Number(code), event);
  });
}
