// Draws a study's results as marks that pick the rows behind them. Numbers come from Python as they are shown.
import { h, fill, add, plain, count, live, ask, kernelButton, root, watch, keys, CHANNELS } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
function s(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  return add(node, children);
}
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const signed = (points) => `${points > 0 ? "+" : points < 0 ? "−" : ""}${Math.abs(points).toFixed(1)}`;

// One shape a channel, as everywhere: circle, square, triangle.
function mark(channel, x, y, size) {
  const fillWith = `var(--cgr-${channel === "generator" ? "generator-side" : channel})`;
  if (channel === "direct") return s("circle", { cx: x, cy: y, r: size, fill: fillWith });
  if (channel === "assisted") return s("rect", { x: x - size, y: y - size, width: 2 * size, height: 2 * size, fill: fillWith });
  return s("path", { d: `M${x} ${y - size}L${x + size} ${y + size}L${x - size} ${y + size}Z`, fill: fillWith });
}

// Draw again at the width there is.
function sized(box, draw) {
  let last = 0;
  const watcher = new ResizeObserver(() => {
    const width = Math.floor(box.clientWidth) - 24;  // its padding
    if (width && width !== last) { last = width; draw(width); }
  });
  watcher.observe(box);
  return { again: () => last && draw(last), stop: () => watcher.disconnect() };
}

function matching(model) {
  const rows = model.get("rows");
  const picked = Object.entries(model.get("picked"));
  const found = [];
  for (let n = 0; n < rows.id.length; n += 1) if (picked.every(([facet, code]) => rows[facet][n] === code)) found.push(n);
  return found;
}

function render({ model, el }) {
  const { node, body, done } = root(model, el, "results", "Results: what assistance changed");
  const pick = (facet, code) => {
    const picked = { ...model.get("picked") };
    if (picked[facet] === code) delete picked[facet];
    else picked[facet] = code;
    model.set("picked", picked);
    model.save_changes();
  };
  const isPicked = (facet, code) => model.get("picked")[facet] === code;
  const pressable = (facet, code, label) => ({
    role: "button", tabindex: "0", "aria-pressed": String(isPicked(facet, code)), "aria-label": label,
    onclick: () => pick(facet, code),
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.stopPropagation(); pick(facet, code); } },
  });

  const head = h("p.cgr-headline");
  const caution = h("p.cgr-caution");
  const facts = h("div.cgr-facts");
  const dumbbells = h("div.cgr-chart");
  const cost = h("div.cgr-chart");
  const flips = h("div.cgr-bars");
  const statuses = h("div.cgr-bars");
  const list = h("div.cgr-list");
  const legend = h("div.cgr-legend", null, CHANNELS.map(([id, name, meaning]) => h("span", { class: `cgr-ch-${id}`, title: meaning }, h("i.cgr-shape"), ` ${name}`)));

  function drawFacts() {
    fill(head, plain(model.get("headline")));
    caution.hidden = !model.get("caution");
    fill(caution, model.get("caution"));
    const columns = [["name", "pairs"], ["pairs", "pairs"], ["rows", "rows"], ["direct", "direct"], ["assisted", "assisted"], ["generator", "generator-side"], ["change", "change, pp"], ["interval", "95 % interval"]];
    fill(facts, h("table", null,
      h("thead", null, h("tr", null, columns.map(([key, name], n) => h("th", { scope: "col", class: n ? "cgr-num" : "" }, n ? name : "macro over")))),
      h("tbody", null, model.get("facts").map((fact) => h("tr", null, columns.map(([key], n) => h(n ? "td.cgr-num" : "th", n ? null : { scope: "row" }, fact[key])))))));
  }

  function drawDumbbells(width) {
    const pairs = model.get("pairs");
    const left = Math.min(300, Math.max(110, width * 0.36)), right = 74, line = 22, top = 22;
    const x = (share) => left + share * (width - left - right);
    const height = top + line * pairs.length + 6;
    const chart = s("svg", { width, height, role: "group", "aria-label": "accuracy of every pair, direct and assisted" });
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      chart.append(s("line", { x1: x(share), x2: x(share), y1: top - 4, y2: height, class: "cgr-grid" }), s("text", { x: x(share), y: 12, class: "cgr-tick", "text-anchor": "middle" }, `${100 * share} %`));
    }
    pairs.forEach((pair, code) => {
      const y = top + line * code + line / 2;
      const label = `${pair.label}: direct ${percent(pair.A_b)}, assisted ${percent(pair.A_a)}, generator-side ${percent(pair.A_g)}, ${signed(pair.difference_pp)} pp, ${pair.n} rows, ${pair.gains} gains, ${pair.losses} losses, Holm p ${pair.p_holm.toPrecision(2)}`;
      const most = Math.floor(left / 7.2);
      chart.append(s("g", { class: `cgr-pair${isPicked("pair", code) ? " cgr-picked" : ""}`, ...pressable("pair", code, label) },
        s("title", null, label),
        s("rect", { x: 0, y: y - line / 2, width, height: line, class: "cgr-hit" }),
        s("text", { x: left - 10, y: y + 4, "text-anchor": "end", class: "cgr-label" }, pair.label.length > most ? `${pair.label.slice(0, most - 1)}…` : pair.label),
        s("line", { x1: x(pair.A_b), x2: x(pair.A_a), y1: y, y2: y, class: "cgr-span-line" }),
        mark("generator", x(pair.A_g), y, 4), mark("direct", x(pair.A_b), y, 6.5), mark("assisted", x(pair.A_a), y, 4.5),
        s("text", { x: width - 6, y: y + 4, "text-anchor": "end", class: `cgr-change-pp ${pair.difference_pp < 0 ? "cgr-down" : ""}` }, `${signed(pair.difference_pp)} pp`)));
    });
    fill(dumbbells, chart);
  }

  function drawCost(width) {
    const pairs = model.get("pairs");
    const height = 230, left = 44, bottom = 34, top = 8;
    const most = Math.max(1, ...pairs.map((pair) => Math.max(pair.asks_per_item, pair.direct_calls_per_item)));
    const x = (calls) => left + (calls / most) * (width - left - 16), y = (share) => top + (1 - share) * (height - top - bottom);
    const chart = s("svg", { width, height, role: "group", "aria-label": "accuracy against solver calls an item" });
    for (const share of [0, 0.5, 1]) chart.append(s("line", { x1: left, x2: width - 8, y1: y(share), y2: y(share), class: "cgr-grid" }), s("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end", class: "cgr-tick" }, `${100 * share} %`));
    for (let calls = 0; calls <= most; calls += Math.max(1, Math.ceil(most / 6))) chart.append(s("text", { x: x(calls), y: height - 18, "text-anchor": "middle", class: "cgr-tick" }, String(calls)));
    chart.append(s("text", { x: width - 8, y: height - 3, "text-anchor": "end", class: "cgr-tick" }, "solver calls an item"));
    pairs.forEach((pair, code) => {
      const label = `${pair.label}: ${pair.direct_calls_per_item.toFixed(1)} calls give ${percent(pair.A_b)}, ${pair.asks_per_item.toFixed(1)} give ${percent(pair.A_a)}`;
      chart.append(s("g", { class: `cgr-pair${isPicked("pair", code) ? " cgr-picked" : ""}`, ...pressable("pair", code, label) }, s("title", null, label),
        s("line", { x1: x(pair.direct_calls_per_item), y1: y(pair.A_b), x2: x(pair.asks_per_item), y2: y(pair.A_a), class: "cgr-path" }),
        mark("direct", x(pair.direct_calls_per_item), y(pair.A_b), 5.5), mark("assisted", x(pair.asks_per_item), y(pair.A_a), 4)));
    });
    fill(cost, chart);
  }

  function bars(facet) {
    const entries = model.get("facets")[facet].filter((entry) => entry.rows);
    const most = Math.max(1, ...entries.map((entry) => entry.rows));
    return entries.sort((a, b) => b.rows - a.rows).map((entry) => h("div.cgr-bar-row", { class: `cgr-bar-row${isPicked(facet, entry.code) ? " cgr-picked" : ""}`, title: entry.meaning, ...pressable(facet, entry.code, `${entry.name}, ${entry.rows} rows: ${entry.meaning}`) },
      h("span.cgr-bar-name", null, entry.name.replaceAll("_", " ")),
      h("span.cgr-bar-track", null, h("span.cgr-bar-fill", { class: `cgr-bar-fill cgr-flip-${entry.name.replaceAll(" ", "-")}`, style: { width: `${(100 * entry.rows) / most}%` } })),
      h("span.cgr-num", null, count(entry.rows))));
  }
  function drawBars() {
    fill(flips, bars("flip"));
    fill(statuses, h("div.cgr-title", null, "direct reply"), bars("direct_status"), h("div.cgr-title", null, "program"), bars("assisted_status"));
  }

  const PAGE = 50;
  function drawList(shown = PAGE) {
    const rows = model.get("rows"), facets = model.get("facets"), picked = model.get("picked");
    const found = matching(model);
    const names = Object.entries(picked).map(([facet, code]) => h("button.cgr-chip", { title: "do not pick by this", onclick: () => pick(facet, code) }, `${facets[facet][code].name.replaceAll("_", " ")} ×`));
    const verdict = (n, channel) => {
      const flip = facets.flip[rows.flip[n]].name;
      if (flip === "not retained") return "";
      const right = flip === "both right" || flip === (channel === "direct" ? "loss" : "gain");
      return h("b", { class: right ? "cgr-right" : "cgr-wrong", "aria-label": right ? "right" : "wrong" }, right ? " ✓" : " ✗");
    };
    fill(list,
      h("div.cgr-list-head", null, h("b", null, count(found.length)), ` of ${count(rows.id.length)} rows`, names.length ? [" · ", names, h("button", { title: "pick nothing (Escape)", onclick: () => { model.set("picked", {}); model.save_changes(); } }, "all rows")] : h("span.cgr-faint", null, " · click a pair, a flip or a status to see the rows behind it")),
      h("div.cgr-scroll.cgr-rows", { tabindex: "0", "aria-label": "rows" }, h("table", null,
        h("thead", null, h("tr", null, ["item", "pair", "direct", "assisted", "generator-side", "calls", "program"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", null, found.slice(0, shown).map((n) => h("tr", null,
          h("td.cgr-question", null, rows.questions[rows.item[n]] || ""),
          h("td.cgr-faint.cgr-nowrap", null, rows.pair[n] < 0 ? "–" : facets.pair[rows.pair[n]].name),
          h("td", null, rows.direct[n] || "–", verdict(n, "direct")), h("td", null, rows.assisted[n] || "–", verdict(n, "assisted")),
          h("td", null, rows.generator[n] || "–"), h("td.cgr-num", null, rows.asks[n]), h("td.cgr-faint", null, facets.assisted_status[rows.assisted_status[n]].name.replaceAll("_", " ")))))),
        found.length > shown ? h("button.cgr-show-more", { onclick: () => drawList(shown + 200) }, `show more (${count(found.length - shown)} left)`) : null));
  }

  body.append(
    h("div.cgr-head", null, head, h("span.cgr-push"), kernelButton(model, "button", { title: "read the study again", onclick: () => ask(model, "refresh") }, "refresh")),
    caution, facts,
    h("div.cgr-pictures", null,
      h("div.cgr-box.cgr-wide", null, h("div.cgr-title", null, "pairs, largest gain first", legend), dumbbells, h("div.cgr-title", null, "accuracy against calls"), cost),
      h("div.cgr-box", null, h("div.cgr-title", null, "flips"), flips, h("div.cgr-title", null, "statuses"), statuses)),
    list);
  const drawing = [sized(dumbbells, drawDumbbells), sized(cost, drawCost)];
  // What is drawn again loses the focus; give it back to the same mark.
  const draw = () => {
    const focused = node.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    drawing.forEach((chart) => chart.again());
    drawBars();
    drawList();
    if (focused) [...node.querySelectorAll("[aria-pressed]")].find((other) => other.getAttribute("aria-label") === focused)?.focus();
  };
  drawFacts();
  draw();
  const stop = watch(model, { headline: drawFacts, facts: drawFacts, pairs: draw, facets: draw, rows: draw, picked: draw });
  keys(node, { Escape: () => { model.set("picked", {}); model.save_changes(); } });
  return () => { drawing.forEach((chart) => chart.stop()); stop(); done(); };
}

export default { render };
