// The rows behind what is picked: decoded once, counted by facet, listed a page at a time.
import { answered, h, fill, count, ask, kernelButton } from "./dom.js";
import { openReply, replyButton } from "./replies.js";
import { pagedTable } from "./tables.js";

const PAGE = 50;
export const FACET_NAMES = ["pair", "flip", "direct_status", "assisted_status"];

// Numbers of the rows that match every pick but that of one facet.
export function matching(rows, picked, but) {
  const wanted = Object.entries(picked)
    .filter(([facet]) => facet !== but)
    .map(([facet, codes]) => [rows[facet], new Set(codes)]);
  const found = [];
  for (let n = 0; n < rows.item.length; n += 1)
    if (wanted.every(([column, codes]) => codes.has(column[n]))) found.push(n);
  return found;
}

// Facet -> rows of each code among those that match what the other facets have picked.
export function tally(rows, picked, facets) {
  const found = {};
  for (const facet of FACET_NAMES) {
    const counts = new Array(facets[facet].length).fill(0);
    for (const n of matching(rows, picked, facet))
      if (rows[facet][n] >= 0) counts[rows[facet][n]] += 1;
    found[facet] = counts;
  }
  return found;
}

// Column -> what its cells are sorted by.
const SORTED_BY = {
  item: (rows, facets, n) => rows.questions[rows.item[n]] || "",
  pair: (rows, facets, n) => (rows.pair[n] < 0 ? "" : facets.pair[rows.pair[n]].name),
  direct: (rows, facets, n) => rows.direct[n],
  assisted: (rows, facets, n) => rows.assisted[n],
  "generator-side": (rows, facets, n) => rows.generator[n],
  calls: (rows, facets, n) => rows.asks[n],
  program: (rows, facets, n) => facets.assisted_status[rows.assisted_status[n]]?.name || "",
};
// List -> [column, whether backwards]: kept when the list is drawn again.
const ORDERS = new WeakMap();

function sorted(found, rows, facets, [column, backwards]) {
  const key = SORTED_BY[column];
  if (!key) return found;
  const keys = new Map(found.map((n) => [n, key(rows, facets, n)]));
  const turn = backwards ? -1 : 1;
  return [...found].sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    return x < y ? -turn : x > y ? turn : a - b;
  });
}

export function drawRows(model, list, rows, { drop, shown = PAGE }) {
  const facets = model.get("facets"),
    picked = model.get("picked"),
    size = model.get("size");
  const order = ORDERS.get(list) || ["", false];
  const found = rows ? sorted(matching(rows, picked), rows, facets, order) : [];
  const [by, backwards] = order;
  const head = (title) =>
    h(
      "th",
      {
        scope: "col",
        "aria-sort": title && title === by ? (backwards ? "descending" : "ascending") : null,
      },
      title &&
        h(
          "button.cgr-by",
          {
            title: `sort by ${title}`,
            "aria-label": `sort by ${title}`,
            onclick: () => {
              ORDERS.set(list, [title, title === by && !backwards]);
              drawRows(model, list, rows, { drop, shown });
            },
          },
          title,
          title === by ? (backwards ? " ▼" : " ▲") : "",
        ),
    );
  const name = (text) => text.replaceAll("_", " ");
  const chips = Object.entries(picked).flatMap(([facet, codes]) =>
    codes.length > 6
      ? [
          h(
            "button.cgr-chip",
            { title: "remove this filter", onclick: () => drop(facet) },
            `${codes.length} ${name(facet)}s ×`,
          ),
        ]
      : codes.map((code) =>
          h(
            "button.cgr-chip",
            { title: "remove this filter", onclick: () => drop(facet, code) },
            `${name(facets[facet][code].name)} ×`,
          ),
        ),
  );
  const verdict = (n, channel) => {
    const flip = facets.flip[rows.flip[n]].name;
    if (flip === "not retained") return "";
    if (flip.startsWith("direct ") && channel !== "direct") return "";
    const right =
      ["both right", "direct correct"].includes(flip) ||
      flip === (channel === "direct" ? "loss" : "gain");
    return h(
      "b",
      {
        class: right ? "cgr-right" : "cgr-wrong",
        role: "img",
        "aria-label": right ? "right" : "wrong",
      },
      right ? " ✓" : " ✗",
    );
  };
  const status = (n, of) => (rows[of][n] < 0 ? "–" : name(facets[of][rows[of][n]].name));
  const letter = (channel, n) =>
    replyButton(
      model,
      n,
      channel,
      { command: "show_row_reply" },
      rows[channel][n] !== "-"
        ? rows[channel][n]
        : channel === "direct"
          ? status(n, "direct_status")
          : "–",
    );
  const opened = model.get("opened_row");
  const open = (n) => {
    model.set("opened_row", n);
    if (answered(model)) ask(model, "open_row", { row: n });
    else openReply(model, n, "direct", "show_row_reply");
    drawRows(model, list, rows, { drop, shown });
  };
  const line = (n) =>
    h(
      "tr",
      {
        class: n === opened ? "cgr-opened" : "",
        tabindex: "0",
        "aria-current": n === opened ? "true" : null,
        title: rows.questions[rows.item[n]] || "",
        onclick: () => open(n),
        onkeydown: (event) => {
          if (event.key === "Enter" && event.target === event.currentTarget) {
            event.stopPropagation();
            open(n);
          }
        },
      },
      h("td.cgr-question", null, rows.questions[rows.item[n]] || ""),
      h("td.cgr-faint.cgr-nowrap", null, rows.pair[n] < 0 ? "–" : facets.pair[rows.pair[n]].name),
      h("td", null, letter("direct", n), verdict(n, "direct")),
      h("td", null, letter("assisted", n), verdict(n, "assisted")),
      h("td", null, letter("generator", n)),
      h("td.cgr-num", null, rows.asks[n]),
      h(
        "td.cgr-faint.cgr-nowrap",
        null,
        replyButton(model, n, "cgr", { command: "show_row_reply" }, status(n, "assisted_status")),
      ),
      h(
        "td",
        null,
        kernelButton(
          model,
          "button.cgr-small",
          {
            reads: true,
            title: rows.steps[n] ? "step through this run" : "see why no program ran",
            onclick: (event) => {
              event.stopPropagation();
              ask(model, "step", { row: n });
            },
          },
          rows.steps[n] ? "step" : "why",
        ),
      ),
    );
  fill(
    list,
    h(
      "div.cgr-list-head",
      null,
      h("b", null, rows ? count(found.length) : Object.keys(picked).length ? "…" : count(size)),
      ` of ${count(size)} rows`,
      chips.length
        ? [
            " · ",
            chips,
            h("button", { title: "pick nothing (Escape)", onclick: () => drop() }, "all rows"),
          ]
        : h(
            "span.cgr-faint",
            null,
            " · click a pair, a flip or a status to see the rows behind it; " +
              "shift or ctrl adds to the selection, dragging selects several",
          ),
    ),
    rows
      ? pagedTable(
          "rows",
          ["item", "pair", "direct", "assisted", "generator-side", "calls", "program", ""].map(
            head,
          ),
          found,
          shown,
          line,
          (more) => drawRows(model, list, rows, { drop, shown: more }),
        )
      : h("div.cgr-empty", { role: "status" }, "loading rows …"),
  );
}
