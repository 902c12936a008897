// A program as numbered lines, drawn once; marks are classes on lines, notes stand beside them.
import { h, add, count } from "./dom.js";

// `lines` is a list of lines, each a list of [kind, text] pieces; kind "more" holds a number of
// characters left out.
export function drawProgram(lines, notes) {
  const code = h("div.cgr-code", { role: "list", "aria-label": "program" });
  const nodes = lines.map((pieces, index) => {
    const text = h("span.cgr-text");
    for (const [kind, piece] of pieces) {
      if (kind === "more")
        add(text, h("span.cgr-faint", null, `… ${count(piece)} more characters`));
      else add(text, kind ? h(`span.cgr-${kind}`, null, piece) : piece);
    }
    const why = notes && notes[index + 1];
    return h(
      "div.cgr-line",
      { role: "listitem", "data-line": index + 1 },
      h("span.cgr-no", { "aria-hidden": "true" }, index + 1),
      text,
      why && h("span.cgr-note", null, `← ${why}`),
    );
  });
  code.append(...nodes);
  return { code, line: (number) => nodes[number - 1] || null };
}

// Bring a line into view inside its own scroll box, without moving the page.
export function reveal(box, node) {
  if (!node) return;
  const top = node.offsetTop - box.offsetTop;
  const below = top + node.offsetHeight - box.clientHeight + 40;
  if (top < box.scrollTop + 20) box.scrollTop = Math.max(0, top - 40);
  // Something taller than its box shows its beginning.
  else if (below > box.scrollTop + 20) box.scrollTop = Math.min(below, Math.max(0, top - 4));
}
