// Draws a study's results as marks that pick the rows behind them. Numbers come from Python as
// they are shown.
import { drawArmTable } from "./armtable.js";
import { comparisonBox } from "./comparison.js";
import { drawCost } from "./cost.js";
import {
  CHANNELS,
  answered,
  ask,
  count,
  fill,
  h,
  kernelButton,
  plain,
  root,
  term,
  unpack,
  watch,
} from "./dom.js";
import { onKeys } from "./keyboard.js";
import { drawDumbbells, drawHeatMap } from "./pairs.js";
import { repliesBox } from "./replies.js";
import { drawRows, tally } from "./rowlist.js";
import { stepBox } from "./stepbox.js";
import { sized } from "./svg.js";
import { numbersTable } from "./tables.js";

// A sentence that begins with what it is about: "Effect: ...".
function pointOf(sentence) {
  const [, label, rest] = /^([^:]{1,15}:)( .*)$/s.exec(sentence) || [];
  return label ? [h("b", null, label), plain(rest)] : plain(sentence);
}

function render({ model, el }) {
  const { node, body, done } = root(model, el, "results", "Results: effect of assistance");
  const change = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  // Pairs go from one of them to the other; the other arms have a drawing of their own.
  const channels = () => model.get("arms").filter((arm) => ["direct", "cgr"].includes(arm.arm));
  const pickedOf = (facet) => model.get("picked")[facet] || [];
  const pick = (facet, codes, add) => {
    const picked = { ...model.get("picked") };
    const all = [...new Set(add ? [...pickedOf(facet), ...codes] : codes)].sort((a, b) => a - b);
    if (all.length) picked[facet] = all;
    else delete picked[facet];
    change("picked", picked);
  };
  const drop = (facet, code) =>
    facet === undefined
      ? change("picked", {})
      : pick(
          facet,
          code === undefined ? [] : pickedOf(facet).filter((other) => other !== code),
          false,
        );
  const picking = {
    picked: () => pickedOf("pair"),
    pick: (codes, add) => pick("pair", codes, add),
  };
  let rows = null,
    due = false;

  const head = h("ul.cgr-headline");
  const caution = h("p.cgr-caution");
  const facts = h("div.cgr-facts");
  const pictures = h("div.cgr-pictures");
  const pairs = h("div.cgr-chart.cgr-pairs");
  const cost = h("div.cgr-chart");
  const arms = h("details.cgr-arms");
  const compared = h("div.cgr-compared.cgr-chart", { hidden: true });
  const comparison = comparisonBox(model, compared);
  const flips = h("div.cgr-bars");
  const statuses = h("div.cgr-bars");
  const list = h("div.cgr-list");
  const stepper = h("div.cgr-step-box");
  const replies = repliesBox(model, node);
  const drawStepper = stepBox(model, stepper, "results");
  const legend = h(
    "div.cgr-legend",
    null,
    CHANNELS.map(([id, name]) =>
      term(
        id === "generator" ? "generator-side" : id,
        [h("i.cgr-shape"), ` ${name}`],
        `cgr-ch-${id}`,
      ),
    ),
  );
  const choice = (name, values, label) =>
    h(
      "span.cgr-switch",
      { role: "group", "aria-label": label },
      values.map((value) =>
        h(
          "button",
          {
            "data-choice": name,
            "data-value": value,
            "aria-pressed": "false",
            onclick: () => change(name, value),
          },
          value,
        ),
      ),
    );
  const measures = choice(
    "measure",
    ["change", "direct", "assisted", "generator-side"],
    "quantity shown by colour",
  );

  function drawChoices() {
    for (const button of node.querySelectorAll("[data-choice]"))
      button.setAttribute(
        "aria-pressed",
        String(model.get(button.dataset.choice) === button.dataset.value),
      );
    measures.hidden = model.get("view") !== "heat map";
    legend.hidden = model.get("view") === "heat map";
  }
  function drawFacts() {
    // The frame of the panel stands before the study is read.
    node.dataset.study = model.get("size") ? "here" : "awaited";
    if (!model.get("size")) {
      fill(head, h("li.cgr-faint", { role: "status" }, "Reading the study …"));
      return;
    }
    fill(
      head,
      model.get("headline").map((sentence) => h("li", null, pointOf(sentence))),
    );
    caution.hidden = !model.get("caution");
    fill(caution, model.get("caution"));
    const alone = model.get("alone");
    pictures.classList.toggle("cgr-alone", alone.length > 0);
    if (alone.length) {
      const ofArms = [
        ["accuracy", "accuracy", "macro"],
        ["interval", "95 % CI over items", "clustered"],
        ["chance", "chance", "chance"],
        ["constant", "always", "always"],
        ["rows", "rows", "row"],
        ["items", "items", "items"],
        ["statuses", "statuses", "statuses"],
      ];
      fill(
        facts,
        numbersTable("arm", ofArms, alone, (line) => term(line.arm, line.arm.replaceAll("_", " "))),
      );
      return;
    }
    const columns = [
      ["pairs", "pairs", "pair"],
      ["rows", "rows", "row"],
      ["direct", "direct", "direct"],
      ["assisted", "assisted", "assisted"],
      ["generator", "generator-side", "generator-side"],
      ["chance", "chance", "chance"],
      ["constant", "always", "always"],
      ["change", "change, pp", "pp"],
      ["interval", "95 % CI over pairs", "interval"],
      ["clustered", "over items", "clustered"],
    ];
    fill(
      facts,
      numbersTable(term("macro", "macro over"), columns, model.get("facts"), (fact) =>
        term(fact.term, fact.name),
      ),
    );
  }
  function drawPairs(width) {
    if (model.get("view") === "heat map")
      drawHeatMap(pairs, width, model.get("pairs"), model.get("measure"), picking);
    else drawDumbbells(pairs, width, model.get("pairs"), picking);
  }
  function bars(facet, counts) {
    const entries = (model.get("facets")[facet] || []).filter((entry) => entry.rows);
    const most = Math.max(1, ...entries.map((entry) => entry.rows));
    const press = (entry, event) => {
      const on = pickedOf(facet).includes(entry.code);
      const add = event.shiftKey || event.ctrlKey || event.metaKey;
      if (on) pick(facet, add ? pickedOf(facet).filter((code) => code !== entry.code) : [], false);
      else pick(facet, [entry.code], add);
    };
    return entries
      .sort((a, b) => b.rows - a.rows)
      .map((entry) => {
        const now = counts ? counts[facet][entry.code] : entry.rows;
        const label =
          `${entry.name.replaceAll("_", " ")}, ${count(now)} of ${count(entry.rows)} rows: ` +
          entry.meaning;
        return h(
          "div.cgr-bar-row",
          {
            class: `cgr-bar-row${pickedOf(facet).includes(entry.code) ? " cgr-picked" : ""}`,
            title: entry.meaning,
            role: "button",
            tabindex: "0",
            "aria-pressed": String(pickedOf(facet).includes(entry.code)),
            "aria-label": label,
            onclick: (event) => press(entry, event),
            onkeydown: (event) => {
              if (event.key === "Enter" || event.key === " ") {
                event.preventDefault();
                event.stopPropagation();
                press(entry, event);
              }
            },
          },
          h("span.cgr-bar-name", null, entry.name.replaceAll("_", " ")),
          h(
            "span.cgr-bar-track",
            null,
            h(
              "span.cgr-bar-whole",
              { style: { width: `${(100 * entry.rows) / most}%` } },
              h("span.cgr-bar-fill", {
                class: `cgr-bar-fill cgr-flip-${entry.name.replaceAll(" ", "-")}`,
                style: { width: `${(100 * now) / entry.rows}%` },
              }),
            ),
          ),
          h("span.cgr-num", null, count(now)),
        );
      });
  }
  function drawBars() {
    const counts = rows && tally(rows, model.get("picked"), model.get("facets"));
    fill(flips, bars("flip", counts));
    fill(
      statuses,
      h("div.cgr-title", null, "direct reply"),
      bars("direct_status", counts),
      h("div.cgr-title.cgr-of-programs", null, "program"),
      bars("assisted_status", counts),
    );
  }
  const drawList = () => drawRows(model, list, rows, { drop });

  body.append(
    h(
      "div.cgr-head",
      null,
      head,
      h("span.cgr-push"),
      kernelButton(
        model,
        "button",
        { title: "reload the study", onclick: () => ask(model, "refresh") },
        "refresh",
      ),
    ),
    caution,
    facts,
    fill(
      pictures,
      h(
        "div.cgr-box.cgr-wide",
        null,
        h(
          "div.cgr-title",
          null,
          term("pair", "pairs"),
          choice("view", ["dumbbells", "heat map"], "view of the pairs"),
          measures,
          legend,
        ),
        pairs,
      ),
      h(
        "div.cgr-box",
        null,
        h("div.cgr-title.cgr-of-flips", null, term("flip", "flips")),
        flips,
        h("div.cgr-title.cgr-of-statuses", null, "statuses"),
        statuses,
      ),
      h(
        "div.cgr-box.cgr-below",
        null,
        h(
          "div.cgr-title",
          null,
          "direct and assisted: accuracy against solver",
          choice("cost", ["calls", "tokens"], "cost on the horizontal axis"),
          " per item",
        ),
        cost,
      ),
    ),
    compared,
    arms,
    list,
    replies.box,
    stepper,
  );
  const drawing = [
    sized(pairs, (width) => model.get("size") && drawPairs(width)),
    sized(
      cost,
      (width) =>
        model.get("size") &&
        drawCost(
          cost,
          width,
          { pairs: model.get("pairs"), arms: channels(), cost: model.get("cost") },
          picking,
        ),
    ),
    sized(cost, (width) => comparison.draw(width)),
  ];
  const readDrawings = async () => {
    await comparison.read();
    drawing[2].again();
  };
  // What is drawn again loses the focus; give it back to the same mark.
  const draw = () => {
    if (!model.get("size")) return;
    const focused = node.contains(document.activeElement)
      ? document.activeElement.getAttribute("aria-label")
      : null;
    drawing.forEach((chart) => chart.again());
    drawChoices();
    drawBars();
    drawList();
    if (focused)
      [...node.querySelectorAll("[aria-pressed]")]
        .find((other) => other.getAttribute("aria-label") === focused)
        ?.focus({ preventScroll: true });
  };
  // Once, however many traits of a study came together.
  const drawSoon = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      draw();
    });
  };
  // The rows come after everything else is drawn: a large study must not wait for its list.
  const readRows = async () => {
    const bytes = model.get("rows");
    rows = bytes && bytes.byteLength ? await unpack(bytes) : null;
    node.dataset.rows = rows ? "here" : "awaited";
    if (!model.get("size")) return;
    if (!rows && answered(model)) ask(model, "send_rows");
    drawBars();
    drawList();
  };
  drawFacts();
  drawArmTable(model, arms);
  draw();
  drawStepper();
  readRows();
  readDrawings();
  const stop = watch(model, {
    headline: drawFacts,
    facts: drawFacts,
    pairs: drawSoon,
    arms: () => {
      drawArmTable(model, arms);
      drawing[1].again();
    },
    comparison: () => {
      drawArmTable(model, arms);
      drawing[2].again();
    },
    drawings: readDrawings,
    arm_cost: () => drawing[2].again(),
    facets: () => {
      drawSoon();
      if (!rows) readRows();
    },
    picked: draw,
    view: draw,
    measure: draw,
    cost: draw,
    rows: readRows,
    reply: replies.drawReply,
    found: replies.drawFound,
    step_state: drawStepper,
  });
  onKeys(node, { Escape: () => drop() });
  return () => {
    drawing.forEach((chart) => chart.stop());
    stop();
    done();
  };
}

export default { render };
