// How often each line of a program asked the solver.
import { fill, h, term } from "./dom.js";

// [line, calls] of every line that asked, most calls first.
export function askedLines(asks) {
  const calls = new Map();
  for (const { line } of asks) if (line) calls.set(line, (calls.get(line) ?? 0) + 1);
  return [...calls].sort(([a, many], [b, more]) => more - many || a - b);
}

export function askedLinesBox(model) {
  const box = h("div.cgr-asked-lines.cgr-faint");
  const draw = () => {
    const lines = askedLines(model.get("run").asks);
    box.hidden = !lines.length;
    fill(
      box,
      term("ask", "solver calls"),
      " by line: ",
      lines.map(([line, calls]) => h("span.cgr-num", null, `${line} (${calls}×) `)),
    );
  };
  return { box, draw };
}
