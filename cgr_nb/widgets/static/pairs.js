// The pairs, twice: dumbbells sorted by change, and a table of datasets by solvers as a heat map.
import { fill, h } from "./dom.js";
import { s, mark, percent, signed } from "./svg.js";
import { brushable } from "./brush.js";

const known = (share) => share !== null && share !== undefined;
export const inWords = (pair) =>
  `${pair.label}: direct ${percent(pair.A_b)}, ` +
  `assisted ${percent(pair.A_a)}, ` +
  `generator-side ${percent(pair.A_g)}, ${signed(pair.difference_pp)} pp, ` +
  `${known(pair.chance) ? `chance ${percent(pair.chance)}, ` : ""}${pair.n} rows, ` +
  `${pair.gains} gains, ${pair.losses} losses, Holm p ${pair.p_holm.toPrecision(2)}`;

const pressed = (code, on, label) => ({
  role: "button",
  tabindex: "0",
  "data-code": code,
  "aria-pressed": String(on),
  "aria-label": label,
});
const shortened = (text, room) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);

export function drawDumbbells(box, width, pairs, picking) {
  const left = Math.min(300, Math.max(110, width * 0.36)),
    right = 88,
    line = 22,
    top = 22;
  const x = (share) => left + share * (width - left - right);
  const height = top + line * pairs.length + 6;
  const chart = s("svg", {
    width,
    height,
    role: "group",
    "aria-label": "accuracy of every pair, direct and assisted",
  });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    chart.append(
      s("line", { x1: x(share), x2: x(share), y1: top - 4, y2: height, class: "cgr-grid" }),
      s(
        "text",
        { x: x(share), y: 12, class: "cgr-tick", "text-anchor": "middle" },
        `${100 * share} %`,
      ),
    );
  }
  const room = Math.floor(left / 7.2);
  const marks = pairs.map((pair, code) => {
    const y = top + line * code + line / 2;
    const on = picking.picked().includes(code);
    const label = inWords(pair);
    const node = s(
      "g",
      { class: `cgr-pair${on ? " cgr-picked" : ""}`, ...pressed(code, on, label) },
      s("title", null, label),
      s("rect", { x: 0, y: y - line / 2, width, height: line, class: "cgr-hit" }),
      s(
        "text",
        { x: left - 10, y: y + 4, "text-anchor": "end", class: "cgr-label" },
        shortened(pair.label, room),
      ),
      s("line", { x1: x(pair.A_b), x2: x(pair.A_a), y1: y, y2: y, class: "cgr-span-line" }),
      known(pair.chance)
        ? s("line", {
            x1: x(pair.chance),
            x2: x(pair.chance),
            y1: y - 6,
            y2: y + 6,
            class: "cgr-chance",
          })
        : null,
      mark("generator", x(pair.A_g), y, 4),
      mark("direct", x(pair.A_b), y, 6.5),
      mark("assisted", x(pair.A_a), y, 4.5),
      s(
        "text",
        {
          x: width - 6,
          y: y + 4,
          "text-anchor": "end",
          class: `cgr-change-pp ${pair.difference_pp < 0 ? "cgr-down" : ""}`,
        },
        `${signed(pair.difference_pp)} pp`,
      ),
    );
    chart.append(node);
    return { code, node, x0: 0, x1: width, y0: y - line / 2 + 2, y1: y + line / 2 - 2 };
  });
  brushable(chart, marks, picking);
  fill(box, chart);
}

const SHARES = { direct: "A_b", assisted: "A_a", "generator-side": "A_g" };
const MOST = 55; // most of a channel's colour in a cell, in percent: text on it stays readable

function cellOf(pair, measure, widest) {
  if (measure !== "change") {
    const share = pair[SHARES[measure]];
    return [
      percent(share),
      `color-mix(in srgb, var(--cgr-${measure}) ${(MOST * share).toFixed(1)}%, var(--bg))`,
    ];
  }
  const part = widest ? Math.abs(pair.difference_pp) / widest : 0;
  const side = pair.difference_pp < 0 ? "direct" : "assisted";
  return [
    signed(pair.difference_pp),
    `color-mix(in srgb, var(--cgr-${side}) ${(MOST * part).toFixed(1)}%, var(--bg))`,
  ];
}

export function drawHeatMap(box, width, pairs, measure, picking) {
  const rows = [...new Set(pairs.map((pair) => pair.of))].sort(),
    columns = [...new Set(pairs.map((pair) => pair.by))].sort();
  const left = Math.min(190, Math.max(80, width * 0.26)),
    line = 26,
    top = 34;
  const wide = (width - left - 4) / columns.length;
  const height = top + line * rows.length + 8;
  const chart = s("svg", {
    width,
    height,
    role: "group",
    "aria-label": `${measure} of every pair, datasets by solvers`,
  });
  const widest = Math.max(...pairs.map((pair) => Math.abs(pair.difference_pp)));
  const places = new Map(pairs.map((pair, code) => [`${pair.of}\n${pair.by}`, code]));
  const line_of = (codes, label, props, ...children) =>
    s(
      "g",
      {
        class: "cgr-pair",
        role: "button",
        tabindex: "0",
        "aria-label": label,
        onclick: (event) => {
          event.stopPropagation();
          picking.pick(codes, event.shiftKey || event.ctrlKey || event.metaKey);
        },
        onkeydown: (event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            event.stopPropagation();
            picking.pick(codes, event.shiftKey);
          }
        },
      },
      s("title", null, label),
      s("rect", { ...props, class: "cgr-hit" }),
      ...children,
    );
  const codesOf = (wanted) =>
    pairs
      .map((pair, code) => [pair, code])
      .filter(([pair]) => wanted(pair))
      .map(([, code]) => code);
  columns.forEach((name, column) => {
    const middle = left + wide * (column + 0.5);
    chart.append(
      line_of(
        codesOf((pair) => pair.by === name),
        `select all pairs of ${name}`,
        { x: left + wide * column, y: 0, width: wide, height: top - 4 },
        s(
          "text",
          { x: middle, y: 20, "text-anchor": "middle", class: "cgr-tick" },
          shortened(name, Math.max(2, Math.floor(wide / 6.4))),
        ),
      ),
    );
  });
  const marks = [];
  rows.forEach((name, row) => {
    const y = top + line * row;
    chart.append(
      line_of(
        codesOf((pair) => pair.of === name),
        `select all pairs of ${name}`,
        { x: 0, y, width: left - 4, height: line },
        s(
          "text",
          { x: left - 10, y: y + 17, "text-anchor": "end" },
          shortened(name, Math.floor(left / 7.2)),
        ),
      ),
    );
    columns.forEach((solver, column) => {
      const code = places.get(`${name}\n${solver}`);
      const x = left + wide * column;
      if (code === undefined) return;
      const on = picking.picked().includes(code);
      const [text, colour] = cellOf(pairs[code], measure, widest);
      const label = inWords(pairs[code]);
      const node = s(
        "g",
        { class: `cgr-cell${on ? " cgr-picked" : ""}`, ...pressed(code, on, label) },
        s("title", null, label),
        s("rect", {
          x: x + 1,
          y: y + 1,
          width: Math.max(1, wide - 2),
          height: line - 2,
          rx: 3,
          style: `fill: ${colour}`,
        }),
        wide > 30
          ? s(
              "text",
              { x: x + wide / 2, y: y + 17, "text-anchor": "middle", class: "cgr-change-pp" },
              wide > 44 ? text : text.replace(" %", ""),
            )
          : null,
      );
      chart.append(node);
      marks.push({ code, node, x0: x + 3, x1: x + wide - 3, y0: y + 3, y1: y + line - 3 });
    });
  });
  brushable(chart, marks, picking);
  fill(
    box,
    chart,
    h(
      "div.cgr-faint.cgr-scale",
      null,
      measure === "change"
        ? [
            "pp, assisted minus direct: ",
            h("i.cgr-swatch", { style: { "--swatch": "var(--cgr-direct)" } }),
            " direct is better ",
            h("i.cgr-swatch", { style: { "--swatch": "var(--cgr-assisted)" } }),
            " assisted is better",
          ]
        : `${measure} accuracy, 0 to 100 %`,
    ),
  );
}
