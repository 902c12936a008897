// Draws two runs side by side: numbers, flips, slices, pairs, and replies beside each other.
// Numbers come from Python as they are shown.
import {
  RUN_WORDS,
  answered,
  ask,
  count,
  fill,
  h,
  plain,
  root,
  term,
  unpack,
  watch,
} from "./dom.js";
import { onKeys } from "./keyboard.js";
import { beside, drawPairs } from "./pairlist.js";
import { matching } from "./rowlist.js";
import { sliceBox } from "./slicetable.js";
import { columnHead, numbersTable, tableOf } from "./tables.js";

function render({ model, el }) {
  const { node, body, done } = root(model, el, "comparison", "Comparison: two runs side by side");
  const change = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const pickedOf = (facet) => model.get("picked")[facet] || [];
  const pick = (facet, codes) => {
    const picked = { ...model.get("picked") };
    if (codes.length) picked[facet] = [...new Set(codes)].sort((a, b) => a - b);
    else delete picked[facet];
    change("picked", picked);
  };
  // A click picks one value, or nothing where it was picked; with a key held it adds.
  const press = (facet, code, event) => {
    const now = pickedOf(facet);
    const others = event.shiftKey || event.ctrlKey || event.metaKey ? now : [];
    pick(facet, now.includes(code) ? others.filter((other) => other !== code) : [...others, code]);
  };
  const drop = (facet, code) =>
    facet === undefined
      ? change("picked", {})
      : pick(
          facet,
          pickedOf(facet).filter((other) => other !== code),
        );
  let rows = null;

  const head = h("ul.cgr-headline");
  const sides = h("div.cgr-run-sides");
  const facts = h("div.cgr-facts");
  const notes = h("div.cgr-run-notes");
  const flips = h("div.cgr-bars");
  const list = h("div.cgr-list");
  const slices = sliceBox(model, { change, press, picked: pickedOf });
  const replies = beside(model, node);

  function drawHead() {
    fill(
      head,
      model.get("headline").map((sentence) => h("li", null, plain(sentence))),
    );
    fill(
      sides,
      model
        .get("sides")
        .map(({ letter, label, about }) =>
          h(
            "div.cgr-run-side",
            null,
            h(`span.cgr-run-mark.cgr-run-${letter.toLowerCase()}`, null, letter),
            h("b.cgr-long", null, label),
            h("span.cgr-faint.cgr-long", null, about),
          ),
        ),
    );
    const columns = [
      ["macro", "macro accuracy", "macro"],
      ["interval", "95 % CI, items resampled", "clustered"],
      ["items", "accuracy over items", ""],
      ["calls", "calls per row", "calls"],
      ["tokens", "tokens per row", "tokens"],
      ["generator", "generator tokens per row", ""],
    ];
    fill(
      facts,
      numbersTable("", columns, model.get("facts"), (fact) => fact.name),
    );
    const settings = model.get("settings");
    fill(
      notes,
      model.get("notes").map((note) => h("p", null, plain(note))),
      settings.length
        ? h(
            "details",
            null,
            h("summary", null, `${RUN_WORDS.settings} (${count(settings.length)})`),
            h(
              "div.cgr-scroll",
              { tabindex: "0", role: "group", "aria-label": RUN_WORDS.settings },
              tableOf(
                ["setting", "A", "B"].map((name) => columnHead(name)),
                settings.map((line) =>
                  h(
                    "tr",
                    null,
                    line.map((text) => h("td.cgr-mono.cgr-long", null, text)),
                  ),
                ),
              ),
            ),
          )
        : null,
    );
    notes.hidden = !notes.childElementCount;
  }
  function drawFlips() {
    const entries = model.get("flips").filter((entry) => entry.rows);
    const most = Math.max(1, ...entries.map((entry) => entry.rows));
    const found = rows ? matching(rows, model.get("picked"), "flip") : null;
    fill(
      flips,
      entries.map((entry) => {
        const now = found ? found.filter((n) => rows.flip[n] === entry.code).length : entry.rows;
        const on = pickedOf("flip").includes(entry.code);
        const name = entry.name === "not scored" ? entry.name : entry.meaning;
        return h(
          "button",
          {
            class: `cgr-bar-row${on ? " cgr-picked" : ""}`,
            title: entry.meaning,
            "aria-pressed": String(on),
            "aria-label": `${name}, ${count(now)} of ${count(entry.rows)} rows`,
            onclick: (event) => press("flip", entry.code, event),
          },
          h("span.cgr-bar-name", null, name),
          h(
            "span.cgr-bar-track",
            null,
            h(
              "span.cgr-bar-whole",
              { style: { width: `${(100 * entry.rows) / most}%` } },
              h("span", {
                class: `cgr-bar-fill cgr-flip-${entry.name.replace(/[_ ]/g, "-")}`,
                style: { width: `${(100 * now) / entry.rows}%` },
              }),
            ),
          ),
          h("span.cgr-num", null, count(now)),
        );
      }),
    );
  }
  const drawList = () => drawPairs(model, list, rows, { drop });

  body.append(
    h("div.cgr-head", null, head),
    sides,
    facts,
    notes,
    h("div.cgr-box", null, h("div.cgr-title", null, term("flip", "flips")), flips),
    slices.box,
    list,
    replies.box,
  );
  // What is drawn again loses the focus; give it back to the same mark.
  const draw = () => {
    const focused = node.contains(document.activeElement)
      ? document.activeElement.getAttribute("aria-label")
      : null;
    drawFlips();
    slices.draw();
    drawList();
    if (focused)
      [...node.querySelectorAll("[aria-label]")]
        .find((other) => other.getAttribute("aria-label") === focused)
        ?.focus({ preventScroll: true });
  };
  const readRows = async () => {
    const bytes = model.get("rows");
    rows = bytes && bytes.byteLength ? await unpack(bytes) : null;
    node.dataset.rows = rows ? "here" : "awaited";
    if (!rows && answered(model)) ask(model, "send_rows");
    drawFlips();
    drawList();
  };
  drawHead();
  draw();
  readRows();
  const stop = watch(model, {
    headline: drawHead,
    picked: draw,
    kind: slices.draw,
    order: slices.draw,
    search: slices.draw,
    fewest: slices.draw,
    opened: drawList,
    rows: readRows,
    item: replies.drawItem,
    reply: replies.drawA,
    found: replies.drawFoundA,
    reply_b: replies.drawB,
    found_b: replies.drawFoundB,
  });
  onKeys(node, { Escape: () => drop() });
  return () => {
    stop();
    done();
  };
}

export default { render };
