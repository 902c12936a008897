// Slices of a comparison as a table: filtered, sorted, each with its interval drawn.
import { RUN_WORDS, count, fill, h } from "./dom.js";
import { percent, s, signed } from "./svg.js";

const SPAN_WIDTH = 150;
const SLICE_ORDERS = {
  difference: (a, b) => Math.abs(b.change) - Math.abs(a.change),
  p: (a, b) => a.p - b.p,
  items: (a, b) => b.items - a.items,
};

// The slices that a filter leaves, in their order.
export function shownSlices(slices, { kind, search, fewest, order }) {
  const wanted = search.trim().toLowerCase();
  const left = slices.filter(
    (slice) =>
      (!kind || slice.kind === kind) &&
      slice.items >= fewest &&
      (!wanted || `${RUN_WORDS.kinds[slice.kind]} ${slice.name}`.toLowerCase().includes(wanted)),
  );
  return SLICE_ORDERS[order] ? [...left].sort(SLICE_ORDERS[order]) : left;
}

function span(slice, most) {
  const x = (points) => SPAN_WIDTH / 2 + (points / most) * (SPAN_WIDTH / 2 - 6);
  const middle = 9;
  return s(
    "svg",
    { width: SPAN_WIDTH, height: 18, "aria-hidden": "true" },
    s("line", { class: "cgr-grid", x1: x(0), x2: x(0), y1: 0, y2: 18 }),
    slice.span
      ? s("line", {
          class: "cgr-whisker",
          x1: x(slice.span[0]),
          x2: x(slice.span[1]),
          y1: middle,
          y2: middle,
        })
      : null,
    s("circle", { class: "cgr-run-dot", cx: x(slice.change), cy: middle, r: 4 }),
  );
}

const ends = ([value, low, high]) => [
  percent(value),
  h(
    "span.cgr-faint.cgr-run-ends",
    null,
    ` [${(100 * low).toFixed(0)}, ${(100 * high).toFixed(0)}]`,
  ),
];
const title = ([, low, high]) => `95 % interval: ${percent(low)} to ${percent(high)}`;
const small = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));

export function sliceBox(model, { change, press, picked }) {
  const slices = model.get("slices");
  const kinds = [...new Set(slices.map((slice) => slice.kind))];
  const body = h("tbody");
  const none = h("div.cgr-empty", { role: "status", hidden: true });
  const search = h("input", {
    type: "search",
    placeholder: RUN_WORDS.slice_filter,
    "aria-label": RUN_WORDS.slice_filter,
    maxlength: 200,
    oninput: () => change("search", search.value),
  });
  const fewest = h("input.cgr-run-fewest", {
    type: "number",
    min: "0",
    step: "1",
    "aria-label": RUN_WORDS.fewest_items,
    oninput: () => change("fewest", Math.max(0, Math.floor(Number(fewest.value) || 0))),
  });
  const kind = h(
    "select",
    { "aria-label": "kind of slice", onchange: () => change("kind", kind.value) },
    h("option", { value: "" }, "all slices"),
    kinds.map((one) => h("option", { value: one }, RUN_WORDS.kinds[one])),
  );
  const order = h(
    "select",
    { "aria-label": "order of slices", onchange: () => change("order", order.value) },
    ["as listed", ...Object.keys(SLICE_ORDERS)].map((one) => h("option", { value: one }, one)),
  );
  const header = [
    "slice",
    "items",
    "A",
    "B",
    "B − A, pp",
    "interval",
    "gains",
    "losses",
    "p (Holm)",
  ];
  const box = h(
    "div.cgr-box.cgr-run-slices",
    null,
    h("div.cgr-title", null, "slices"),
    h(
      "div.cgr-run-filter",
      null,
      kind,
      search,
      h("label", null, `${RUN_WORDS.fewest_items} `, fewest),
      h("label", null, "order ", order),
    ),
    h(
      "div.cgr-scroll.cgr-run-table",
      { tabindex: "0", role: "group", "aria-label": "slices" },
      h(
        "table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            header.map((name, n) => h(n && n !== 5 ? "th.cgr-num" : "th", { scope: "col" }, name)),
          ),
        ),
        body,
      ),
      none,
    ),
    h(
      "p.cgr-faint.cgr-run-small",
      null,
      RUN_WORDS.multiplicity.replaceAll("{count}", count(slices.length)),
    ),
  );
  function line(slice, most, first) {
    const on = picked(slice.kind).includes(slice.code);
    const name = `${RUN_WORDS.kinds[slice.kind]}: ${slice.name}`;
    return h(
      "tr",
      { class: `${on ? "cgr-picked" : ""}${first ? " cgr-run-first" : ""}` },
      h(
        "td",
        null,
        h(
          "button.cgr-run-slice",
          {
            "aria-pressed": String(on),
            "aria-label": `${name}, ${count(slice.rows)} rows`,
            onclick: (event) => press(slice.kind, slice.code, event),
          },
          h("span.cgr-faint", null, RUN_WORDS.kinds[slice.kind]),
          " ",
          h("b", null, slice.name),
        ),
      ),
      h("td.cgr-num", null, count(slice.items)),
      h("td.cgr-num.cgr-nowrap", { title: title(slice.a) }, ends(slice.a)),
      h("td.cgr-num.cgr-nowrap", { title: title(slice.b) }, ends(slice.b)),
      h("td.cgr-num.cgr-nowrap", null, signed(slice.change)),
      h(
        "td.cgr-nowrap",
        null,
        h(
          "span.cgr-run-span",
          null,
          span(slice, most),
          h(
            "span.cgr-faint.cgr-run-ends",
            null,
            slice.span ? `[${signed(slice.span[0])}, ${signed(slice.span[1])}]` : "no interval",
          ),
        ),
      ),
      h("td.cgr-num", null, count(slice.gains)),
      h("td.cgr-num", null, count(slice.losses)),
      h("td.cgr-num.cgr-nowrap", null, small(slice.p)),
    );
  }
  function draw() {
    const state = {
      kind: model.get("kind"),
      search: model.get("search"),
      fewest: model.get("fewest"),
      order: model.get("order"),
    };
    if (search.value !== state.search) search.value = state.search;
    if (document.activeElement !== fewest) fewest.value = state.fewest || "";
    kind.value = state.kind;
    order.value = state.order;
    const shown = shownSlices(slices, state);
    const reach = shown.flatMap((slice) => [slice.change, ...(slice.span || [])]).map(Math.abs);
    const most = Math.max(5, ...reach);
    fill(
      body,
      shown.map((slice, n) => line(slice, most, n > 0 && shown[n - 1].kind !== slice.kind)),
    );
    none.hidden = shown.length > 0;
    fill(none, slices.length ? RUN_WORDS.no_slice_shown : RUN_WORDS.no_slices);
  }
  return { box, draw };
}
