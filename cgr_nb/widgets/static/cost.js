// Accuracy against what it costs: every arm as a labelled point, the pairs behind it as faint
// paths.
import { fill } from "./dom.js";
import { s, mark, percent, stride } from "./svg.js";
import { brushable } from "./brush.js";

const NAMES = { cgr: "assisted (cgr)", generator_only: "generator only" };
export const armName = (arm) => NAMES[arm] || arm.replaceAll("_", " ");
const shown = (number) =>
  number >= 100 ? Math.round(number).toLocaleString("en-US") : number.toFixed(1);

// Where names stand so that none lies on another near it: from the top each a line below the
// last, then pushed up from
// the bottom where they would run into the axis.
function labelled(points, width, lowest) {
  const NEAR = 135,
    LINE_HEIGHT = 14;
  const placed = points
    .sort((a, b) => a[2] - b[2])
    .map(([arm, px, py]) => ({ arm, at: [px, py], toLeft: px > width - 130, text: py + 4 }));
  const near = (one, other) => Math.abs(one.at[0] - other.at[0]) < NEAR;
  placed.forEach((one, n) => {
    for (const other of placed.slice(0, n))
      if (near(one, other)) one.text = Math.max(one.text, other.text + LINE_HEIGHT);
  });
  [...placed].reverse().forEach((one, n, all) => {
    one.text = Math.min(one.text, lowest);
    for (const other of all.slice(0, n))
      if (near(one, other)) one.text = Math.min(one.text, other.text - LINE_HEIGHT);
  });
  return placed;
}

export function drawCost(box, width, { pairs, arms, cost }, picking) {
  const height = 260,
    left = 44,
    bottom = 34,
    top = 10;
  const ends = (pair) =>
    cost === "calls"
      ? [pair.direct_calls_per_item, pair.asks_per_item]
      : [pair.direct_tokens_per_item, pair.asks_tokens_per_item];
  const most = Math.max(1, ...pairs.flatMap(ends), ...arms.map((arm) => arm[cost]));
  const x = (spent) => left + (spent / most) * (width - left - 20),
    y = (share) => top + (1 - share) * (height - top - bottom);
  const chart = s("svg", {
    width,
    height,
    role: "group",
    "aria-label": `accuracy against solver ${cost} per item`,
  });
  for (const share of [0, 0.25, 0.5, 0.75, 1])
    chart.append(
      s("line", { x1: left, x2: width - 8, y1: y(share), y2: y(share), class: "cgr-grid" }),
      s(
        "text",
        { x: left - 6, y: y(share) + 4, "text-anchor": "end", class: "cgr-tick" },
        `${100 * share} %`,
      ),
    );
  const step = Math.max(cost === "calls" ? 1 : 10, stride(most, Math.max(2, width / 110)));
  for (let spent = 0; spent <= most; spent += step)
    chart.append(
      s(
        "text",
        { x: x(spent), y: height - 18, "text-anchor": "middle", class: "cgr-tick" },
        spent.toLocaleString("en-US"),
      ),
    );
  chart.append(
    s(
      "text",
      { x: width - 8, y: height - 3, "text-anchor": "end", class: "cgr-tick" },
      `solver ${cost} per item`,
    ),
  );
  const chance = arms
    .map((arm) => arm.chance)
    .find((share) => share !== null && share !== undefined);
  if (chance !== undefined)
    chart.append(
      s(
        "line",
        { x1: left, x2: width - 8, y1: y(chance), y2: y(chance), class: "cgr-chance cgr-dashed" },
        s("title", null, `chance: ${percent(chance)}`),
      ),
    );
  const marks = pairs.map((pair, code) => {
    const [before, after] = ends(pair);
    const on = picking.picked().includes(code);
    const label =
      `${pair.label}: ${shown(before)} ${cost} give ${percent(pair.A_b)}, ` +
      `${shown(after)} give ${percent(pair.A_a)}`;
    const node = s(
      "g",
      {
        class: `cgr-pair cgr-thin${on ? " cgr-picked" : ""}`,
        role: "button",
        tabindex: "-1",
        "data-code": code,
        "aria-pressed": String(on),
        "aria-label": label,
      },
      s("title", null, label),
      s("line", {
        x1: x(before),
        y1: y(pair.A_b),
        x2: x(after),
        y2: y(pair.A_a),
        class: "cgr-path",
      }),
      mark("direct", x(before), y(pair.A_b), 3),
      mark("assisted", x(after), y(pair.A_a), 2.6),
    );
    chart.append(node);
    return {
      code,
      node,
      x0: x(after) - 3,
      x1: x(after) + 3,
      y0: y(pair.A_a) - 3,
      y1: y(pair.A_a) + 3,
    };
  });
  for (const { arm, at, toLeft, text } of labelled(
    arms.map((arm) => [arm, x(arm[cost]), y(arm.accuracy)]),
    width,
    height - bottom - 2,
  )) {
    const low = arm.low === null || arm.low === undefined ? null : [y(arm.low), y(arm.high)];
    const words = armName(arm.arm);
    chart.append(
      s(
        "g",
        {
          class: "cgr-arm",
          role: "img",
          "aria-label":
            `${words}: ${percent(arm.accuracy)} at ${shown(arm[cost])} ${cost} per item, ` +
            `${arm.rows} rows`,
        },
        s(
          "title",
          null,
          `${words}: ${percent(arm.accuracy)}, ${shown(arm[cost])} ${cost} per item\n` +
            arm.meaning,
        ),
        low
          ? s("line", { x1: at[0], x2: at[0], y1: low[0], y2: low[1], class: "cgr-whisker" })
          : null,
        mark(arm.arm, at[0], at[1], 7),
        Math.abs(text - 4 - at[1]) > 6
          ? s("line", {
              x1: at[0],
              y1: at[1],
              x2: at[0] + (toLeft ? -12 : 12),
              y2: text - 4,
              class: "cgr-leader",
            })
          : null,
        s(
          "text",
          {
            x: at[0] + (toLeft ? -14 : 14),
            y: text,
            "text-anchor": toLeft ? "end" : "start",
            class: "cgr-arm-name",
          },
          words,
        ),
      ),
    );
  }
  brushable(chart, marks, picking);
  fill(box, chart);
}
