// The pairs behind what is picked, and the replies of one beside each other.
import { RUN_WORDS, answered, ask, count, fill, h, long } from "./dom.js";
import { openReply, repliesBox } from "./replies.js";
import { matching } from "./rowlist.js";
import { columnHead, pagedTable } from "./tables.js";

const PAIRS_SHOWN = 50;
const OF_SIDE = ["reply", "found", "kept"];

// The panel as one side's drawer of replies sees it.
export function sideModel(model, side) {
  const named = (name) => (side === "b" && OF_SIDE.includes(name) ? `${name}_b` : name);
  return {
    get: (name) => model.get(named(name)),
    set: (name, value) => model.set(named(name), value),
    save_changes: () => model.save_changes(),
    send: (message) => model.send({ ...message, with: { ...message.with, side } }),
  };
}

function openPair(model, n) {
  if (answered(model)) return ask(model, "open_pair", { pair: n });
  model.set("opened", n);
  model.set("item", (model.get("kept_items") || {})[n] || {});
  for (const [place, side] of ["a", "b"].entries())
    openReply(sideModel(model, side), n, model.get("sides")[place].arm, "show_pair_reply");
}

export function drawPairs(model, list, rows, { drop, shown = PAIRS_SHOWN }) {
  const picked = model.get("picked"),
    slices = model.get("slices"),
    flips = model.get("flips");
  const found = rows ? matching(rows, picked) : [];
  const nameOf = (facet, code) =>
    facet === "flip"
      ? flips[code].name === "not scored"
        ? "not scored"
        : flips[code].meaning
      : `${RUN_WORDS.kinds[facet]}: ` +
        slices.find((slice) => slice.kind === facet && slice.code === code).name;
  const chips = Object.entries(picked).flatMap(([facet, codes]) =>
    codes.map((code) =>
      h(
        "button.cgr-chip",
        { title: "remove this filter", onclick: () => drop(facet, code) },
        `${nameOf(facet, code)} ×`,
      ),
    ),
  );
  const verdict = (n, side) => {
    const flip = flips[rows.flip[n]].name;
    if (flip === "not scored") return "";
    const right = flip === "both_right" || flip === (side === "a" ? "loss" : "gain");
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
  const answer = (n, side) => [
    rows[`letter_${side}`][n]
      ? h("b", null, rows[side][n])
      : h("span.cgr-faint", null, rows[side][n].replaceAll("_", " ")),
    verdict(n, side),
  ];
  const opened = model.get("opened");
  const question = (n) => rows.questions[rows.item[n]] || "";
  const line = (n) =>
    h(
      "tr",
      {
        class: n === opened ? "cgr-opened" : "",
        "aria-current": n === opened ? "true" : null,
        title: question(n),
        onclick: () => openPair(model, n),
      },
      h(
        "td.cgr-question",
        null,
        h(
          "button.cgr-run-open",
          {
            title: RUN_WORDS.beside,
            "aria-label": `${RUN_WORDS.beside}: ${question(n) || `pair ${n + 1}`}`,
            onclick: (event) => {
              event.stopPropagation();
              openPair(model, n);
            },
          },
          question(n) || "–",
        ),
      ),
      h("td.cgr-faint", null, rows.names[rows.who[n]] || ""),
      h("td.cgr-nowrap", null, answer(n, "a")),
      h("td.cgr-nowrap", null, answer(n, "b")),
    );
  fill(
    list,
    h(
      "div.cgr-list-head",
      null,
      h("b", null, rows ? count(found.length) : count(model.get("size"))),
      ` of ${count(model.get("size"))} pairs`,
      chips.length
        ? [
            " · ",
            chips,
            h("button", { title: "pick nothing (Escape)", onclick: () => drop() }, "all pairs"),
          ]
        : h("span.cgr-faint", null, ` · ${RUN_WORDS.list_hint}`),
    ),
    rows
      ? pagedTable(
          "pairs",
          ["item", "of", "A", "B"].map((title) => columnHead(title)),
          found,
          shown,
          line,
          (more) => drawPairs(model, list, rows, { drop, shown: more }),
        )
      : h("div.cgr-empty", { role: "status" }, "loading pairs …"),
  );
}

// Two drawers of replies, side by side, under the item that both answered.
export function beside(model, node) {
  const item = h("div.cgr-run-item", { hidden: true });
  const [a, b] = ["a", "b"].map((side, place) => {
    const drawer = repliesBox(sideModel(model, side), node);
    const told = model.get("sides")[place];
    drawer.box.setAttribute("aria-label", `replies of ${told.letter}`);
    drawer.box.prepend(
      h(
        "div.cgr-run-side",
        null,
        h(`span.cgr-run-mark.cgr-run-${side}`, null, told.letter),
        h("b.cgr-long", null, told.label),
      ),
    );
    return drawer;
  });
  function drawItem() {
    const now = model.get("item") || {};
    item.hidden = !now.question;
    if (!now.question) return fill(item);
    fill(
      item,
      now.context ? h("div.cgr-faint", null, long(now.context, 300)) : null,
      h("div", null, long(now.question, 600)),
      h(
        "ul",
        null,
        now.options.map(([letter, text]) =>
          h("li", null, h("b", null, letter), " ", long(text, 200)),
        ),
      ),
    );
  }
  drawItem();
  return {
    box: h("div", null, item, h("div.cgr-run-beside", null, a.box, b.box)),
    drawItem,
    drawA: a.drawReply,
    drawB: b.drawReply,
    drawFoundA: a.drawFound,
    drawFoundB: b.drawFound,
  };
}
