// Draws a run: program, variables, output and solver calls at one step, and a second run beside it.
import { h, fill, long, plain, live, ask, kernelButton, root, watch, answerChip, term, CHANNELS, RULES, count } from "./dom.js";
import { onKeys } from "./keyboard.js";
import { drawProgram, reveal } from "./program.js";
import { drawStrip } from "./strip.js";

const EVENTS = {
  call: "enters", line: "about to run", ask: "asks the solver", return: "returns", raise: "raises", unwind: "leaves by the exception", cut: "trace cut here",
};

// Variables of every open frame at a step: later changes win, frames that returned are closed.
function stateAt(steps, at) {
  const frames = new Map();
  for (let n = 0; n <= at; n += 1) {
    const id = steps.frame[n];
    if (id === null || id === undefined) continue;
    if (!frames.has(id)) frames.set(id, { id, name: "", vars: new Map() });
    const frame = frames.get(id);
    if (steps.name[n]) frame.name = steps.name[n];
    for (const [name, text] of Object.entries(steps.changed[n])) {
      if (text === null) frame.vars.delete(name);
      else frame.vars.set(name, { text, at: n });
    }
    if (n < at && (steps.event[n] === "return" || steps.event[n] === "unwind")) {
      // Frames entered later are inside this one.
      for (const other of [...frames.keys()]) if (other >= id) frames.delete(other);
    }
  }
  return [...frames.values()];
}

function runView(model, title, second = false) {
  const program = h("div.cgr-scroll", { tabindex: "0", "aria-label": "program" });
  const variables = h("div.cgr-scroll.cgr-vars", { "aria-live": "off" });
  const output = h("div.cgr-scroll.cgr-output.cgr-mono");
  const calls = h("div.cgr-scroll.cgr-calls");
  const heading = h("span.cgr-faint");
  const node = h("div.cgr-run", null,
    h("div.cgr-box.cgr-program", null, h("div.cgr-title", null, title === "program" ? term("program", title) : title, heading), program),
    h("div.cgr-box.cgr-middle", null,
      h("div.cgr-title", null, "variables"), variables,
      h("div.cgr-title", null, "output so far"), output),
    h("div.cgr-box.cgr-right-side", null, h("div.cgr-title", null, term("ask", "solver calls")), calls));
  let run = null, drawn = null, cards = [], now = null;

  function card(entry, editable) {
    const field = h("input", { type: "text", "aria-label": `what if call ${entry.index + 1} had said`, placeholder: "what if it had said …", disabled: !live(model), title: live(model) ? "" : "This is a saved page: open the panel in a notebook to try another reply." });
    const unread = entry.wants_letter ? { none: "reply is no option letter", ambiguous: "several letters in it", out_of_range: "a letter outside the options" }[entry.read] : "";
    const read = entry.reply === null ? "no reply" : entry.letter ? `read as ${entry.letter} by rule ${entry.rule}` : unread || "";
    return h("article.cgr-card", { "aria-label": `solver call ${entry.index + 1}` },
      h("header", null,
        h("button.cgr-jump", { title: "go to this call", disabled: entry.step === null, onclick: () => goTo(model, entry.step) }, `call ${entry.index + 1}`),
        entry.line ? h("span.cgr-faint", null, `line ${entry.line}`) : null,
        h("span.cgr-faint.cgr-num.cgr-push", null,
          entry.tokens ? `${entry.tokens[0]} + ${entry.tokens[1]} tok` : "", entry.ms === null ? "" : ` · ${entry.ms < 10 ? entry.ms : Math.round(entry.ms)} ms`)),
      h("div.cgr-said", null, h("span.cgr-who", null, "asked"), long(entry.prompt, 320)),
      entry.choices.length ? h("div.cgr-faint", null, `choices: ${entry.choices.join(", ")}`) : null,
      h("div.cgr-said.cgr-reply", null, h("span.cgr-who", null, "said"), entry.reply === null ? h("i", null, "nothing") : entry.reply[0] === "" ? h("i", null, entry.thoughts ? RULES.cut_thought : "an empty reply") : long(entry.reply, 320)),
      entry.thoughts ? h("details.cgr-faint", null, h("summary", null, "what it thought"), long(entry.thoughts, 320)) : null,
      h("div.cgr-faint", { title: "the extraction rule that fired on this reply" }, read, entry.cut ? " · cut at the token limit" : ""),
      entry.origin ? h("div.cgr-faint", null, "reply: ", h("b", null, entry.origin)) : null,
      editable ? h("form.cgr-whatif", { onsubmit: (event) => { event.preventDefault(); ask(model, "what_if", { call: entry.index, reply: field.value, keep: editable === "second" }); } },
        field, kernelButton(model, "button", { type: "submit", title: "run the program again with this reply" }, "try")) : null);
  }

  // One line becomes a field where it stands: Enter runs the program again with it, Escape leaves it as it was.
  function editLine(number) {
    const line = drawn && drawn.line(number);
    if (!line || !live(model) || line.querySelector("input")) return;
    const text = line.querySelector(".cgr-text");
    const source = (second ? model.get("other").source : model.get("source")).split("\n")[number - 1] ?? text.textContent;
    const close = () => { field.replaceWith(text); model.get("run") && program.closest(".cgr-stepper")?.focus(); };
    const field = h("input.cgr-line-edit", { type: "text", value: source, "aria-label": `what if line ${number} were`, spellcheck: "false",
      onkeydown: (event) => {
        event.stopPropagation();
        if (event.key === "Escape") close();
        if (event.key === "Enter") { const now = field.value; close(); if (now !== source) ask(model, "what_if", { line: number, text: now, keep: second }); }
      } });
    text.replaceWith(field);
    field.focus();
  }
  program.addEventListener("dblclick", (event) => {
    const line = event.target.closest("[data-line]");
    if (line && !event.target.closest("button, input")) editLine(Number(line.dataset.line));
  });

  return {
    node, heading, editLine,
    load(value, editable) {
      run = value;
      drawn = drawProgram(run.lines);
      fill(program, drawn.code);
      cards = run.asks.map((entry) => card(entry, editable));
      fill(calls, cards.length ? cards : h("div.cgr-empty", null, "This program never asked the solver."));
      const failed = drawn.line(run.failed_line);
      if (failed) failed.classList.add("cgr-failed");
      now = null;
    },
    differs(line) { const node = drawn.line(line); if (node) node.classList.add("cgr-differs"); },
    show(position) {
      const steps = run.steps;
      const size = steps.line.length;
      if (!size) {
        fill(variables, h("div.cgr-empty", null, "No steps were recorded for this run."));
        fill(output, long(run.output, 4000));
        reveal(program, drawn.line(run.failed_line));
        return;
      }
      const at = Math.min(position, size - 1);
      const line = drawn.line(steps.line[at]);
      if (now) { now.classList.remove("cgr-now"); now.removeAttribute("aria-current"); }
      now = line;
      if (line) { line.classList.add("cgr-now"); line.setAttribute("aria-current", "step"); reveal(program, line); }
      const event = steps.event[at];
      const value = steps.value[at];
      const frames = stateAt(steps, at).reverse();
      fill(variables,
        h("div.cgr-event", null, `${EVENTS[event] || event}${steps.line[at] ? ` line ${steps.line[at]}` : ""}`,
          value ? [": ", long(value, 160)] : null),
        frames.map((frame) => h("table", null,
          frames.length > 1 ? h("caption", null, frame.name || "module") : null,
          // The newest variable on top: what a function was given is the least news.
          h("tbody", null, [...frame.vars].reverse().map(([name, entry]) => {
            const fresh = entry.at === at;
            return h("tr", { class: fresh ? "cgr-fresh" : "" },
              h("th.cgr-mono", { scope: "row" }, name),
              h("td.cgr-mono", null, long(entry.text, 70)),
              h("td.cgr-tag", null, fresh ? "changed" : ""));
          })))));
      const printed = run.output[0].slice(0, steps.printed[at]);
      fill(output, printed ? long(printed, 4000) : h("span.cgr-faint", null, "nothing yet"));
      let active = null;
      run.asks.forEach((entry, index) => {
        const current = steps.ask[at] === entry.index;
        const past = entry.step !== null && entry.step < at;
        cards[index].classList.toggle("cgr-current", current);
        cards[index].classList.toggle("cgr-future", !current && !past && entry.step !== null);
        if (current || (past && !active)) active = current || !active ? cards[index] : active;
      });
      reveal(calls, active);
    },
  };
}

function goTo(model, position) {
  const size = model.get("run").steps.line.length;
  const at = Math.max(0, Math.min(size - 1, position));
  if (!size || at === model.get("position")) return;
  model.set("position", at);
  model.save_changes();
}

function jump(model, kind, back) {
  const stops = model.get("run").stops[kind];
  const at = model.get("position");
  const next = back ? stops.filter((n) => n < at).pop() : stops.find((n) => n > at);
  if (next !== undefined) goTo(model, next);
}

// The next step, after this one and round again, whose line or changed variables hold the text.
function find(model, text, back) {
  const { lines, steps } = model.get("run");
  const wanted = text.toLowerCase();
  const size = steps.line.length;
  const holds = (n) => {
    const source = (lines[steps.line[n] - 1] || []).map((piece) => piece[1]).join("");
    return `${source} ${Object.entries(steps.changed[n]).flat().join(" ")}`.toLowerCase().includes(wanted);
  };
  const at = model.get("position");
  for (let k = 1; wanted && k <= size; k += 1) {
    const n = (at + (back ? size - k : k)) % size;
    if (holds(n)) { goTo(model, n); return true; }
  }
  return false;
}

function header(model, box, gold) {
  const row = model.get("row");
  const chips = h("span.cgr-head-chips");
  const item = model.get("item");
  const options = h("div.cgr-options");
  const draw = () => {
    const known = model.get("gold");
    fill(chips, CHANNELS.map(([id]) => answerChip(id, row[id], known)));
    fill(options, item.options.map(([letter, text]) => h("div.cgr-option", { class: known.includes(letter) ? "cgr-option cgr-gold" : "cgr-option" },
      h("b", null, letter), long(text, 240),
      CHANNELS.filter(([id]) => row[id] === letter).map(([id, name]) => h("i.cgr-shape", { class: `cgr-shape cgr-ch-${id}`, title: `${name} answered ${letter}`, role: "img", "aria-label": name })),
      known.includes(letter) ? h("span.cgr-right", null, "gold") : null)));
    fill(gold, known.length ? `gold ${known.join(", ")}` : model.get("gold_known") ? "show gold" : "no gold known");
    gold.disabled = !live(model) || known.length > 0 || !model.get("gold_known");
  };
  draw();
  fill(box,
    h("div.cgr-head", null, h("b", null, item.dataset, item.config !== "default" ? ` · ${item.config}` : ""),
      row.solver ? h("span", null, h("span.cgr-faint", null, "solver "), row.solver) : null,
      row.generator_name ? h("span", null, h("span.cgr-faint", null, "generator "), row.generator_name) : null,
      h("span.cgr-push"), chips, gold),
    h("details.cgr-item", { open: true }, h("summary", null, long(item.question, 300)),
      item.context[0] ? h("div.cgr-context", null, long(item.context, 600)) : null, options));
  return draw;
}

// Right and wrong are said once gold is shown; until then a run has returned something, or failed.
function outcome(run, gold) {
  if (run.status !== "ok") return h("span.cgr-wrong", { "aria-hidden": "true" }, "! ");
  if (!gold.length) return h("span.cgr-faint", { "aria-hidden": "true" }, "→ ");
  const right = gold.includes(run.letter);
  return h("span", { class: right ? "cgr-right" : "cgr-wrong", role: "img", "aria-label": right ? "right: " : "wrong: " }, right ? "✓ " : "✗ ");
}

export function renderStepper({ model, el }) {
  const { node, body, done } = root(model, el, "stepper", "Stepper: one run of a program, step by step");
  const gold = kernelButton(model, "button", { onclick: () => ask(model, "show_gold"), title: "show the correct letter" });
  const top = h("div");
  const status = h("div.cgr-status", { role: "status" });
  const first = runView(model, "program");
  const second = runView(model, "what if", true);
  const both = h("div.cgr-runs", null, first.node, second.node);
  const change = h("div.cgr-change");
  const where = h("span.cgr-where.cgr-num", { "aria-live": "polite" });
  const slider = h("input", { type: "range", min: 0, "aria-label": "step", oninput: () => goTo(model, strip.stepOf(Number(slider.value))) });
  const strip = drawStrip(model, (step) => goTo(model, step));
  const move = (by) => goTo(model, strip.stepOf(strip.stationOf(model.get("position")) + by));
  let timer = 0;
  const play = h("button", { title: "play (p)", "aria-label": "play", "aria-pressed": "false", onclick: () => toggle() }, "play");
  function toggle(on = !timer) {
    clearInterval(timer);
    timer = on ? setInterval(() => { const before = model.get("position"); move(1); if (before === model.get("position")) toggle(false); }, 350) : 0;
    play.setAttribute("aria-pressed", String(Boolean(timer)));
    fill(play, timer ? "pause" : "play");
  }
  const button = (mark, label, key, work) => h("button", { title: `${label} (${key})`, "aria-label": label, onclick: work }, mark);
  const jumps = {
    call: button("next call", "next solver call", "c", () => jump(model, "call")),
    change: button("next change", "next change of a variable", "v", () => jump(model, "change")),
    return: button("return", "next return", "r", () => jump(model, "return")),
    trouble: button("exception", "next exception", "x", () => jump(model, "trouble")),
  };
  const finder = h("input.cgr-find", {
    type: "search", placeholder: "find (/)", "aria-label": "find in the run",
    title: "a line or a variable; Enter goes on, shift + Enter goes back",
    onkeydown: (event) => { if (event.key === "Enter") finder.classList.toggle("cgr-none", !find(model, finder.value, event.shiftKey)); },
  });
  const editor = h("textarea.cgr-mono", { rows: 12, spellcheck: "false", "aria-label": "program to try" });
  const editBox = h("details.cgr-edit", null, h("summary", null, "what if the program were different (one line: press e, or click it twice)"),
    editor, kernelButton(model, "button.cgr-main", { title: "run the edited program against the recorded replies", onclick: () => ask(model, "what_if", { source: editor.value }) }, "run again"),
    h("span.cgr-faint", null, " replies come from the record; a new question goes to the solver"));
  body.append(top, status, change, both, strip.node,
    h("div.cgr-controls", null,
      button("|‹", "first step", "Home", () => goTo(model, 0)), button("‹", "step back", "←", () => move(-1)),
      slider, button("›", "step", "→", () => move(1)), button("›|", "last step", "End", () => goTo(model, Infinity)), play, where,
      h("span.cgr-push"),
      finder, Object.values(jumps),
      h("span.cgr-faint.cgr-keys", null, h("kbd", null, "←"), h("kbd", null, "→"), " step ", h("kbd", null, "c"), " call ", h("kbd", null, "v"), " change ", h("kbd", null, "r"), " return, with ", h("kbd", null, "shift"), " back · ", h("kbd", null, "p"), " play ", h("kbd", null, "l"), " loops ", h("kbd", null, "g"), " gold ", h("kbd", null, "e"), " edit the line ", h("kbd", null, "/"), " find")),
    editBox);

  let drawGold = header(model, top, gold);
  const draw = () => {
    const run = model.get("run");
    const at = model.get("position");
    first.show(at);
    if (model.get("other").lines) second.show(at);
    strip.show(at);
    const size = run.steps.line.length;
    slider.max = Math.max(0, strip.stations() - 1);
    slider.value = strip.stationOf(at);
    slider.setAttribute("aria-valuetext", `step ${at + 1} of ${size}`);
    fill(where, size ? `step ${count(at + 1)} of ${count(size)}` : "no steps");
  };
  // What nobody on record has answered is put to the reader.
  const question = () => {
    const pending = model.get("pending");
    if (!pending.prompt) return null;
    const field = h("input", { type: "text", "aria-label": "what the solver says", placeholder: "what the solver says" });
    return h("form.cgr-whatif.cgr-pending", { onsubmit: (event) => { event.preventDefault(); ask(model, "what_if", { call: pending.call, reply: field.value, keep: true }); } },
      h("span", null, h("b", null, `Call ${pending.call + 1} asks: `), long(pending.prompt, 300)), field, kernelButton(model, "button.cgr-main", { type: "submit", title: "go on with this reply" }, "go on"));
  };
  const loadOther = () => {
    const other = model.get("other");
    const shown = Boolean(other.lines);
    second.node.hidden = !shown;
    change.hidden = !shown && !model.get("pending").prompt;
    node.classList.toggle("cgr-two", shown);
    if (!shown) { fill(change, question()); return; }
    const difference = model.get("difference");
    second.load(other, "second");
    if (difference.line) { second.differs(difference.line); first.differs(difference.was_line || difference.line); }
    fill(change, h("b", null, "What if "), plain(other.changed), ": it ", h("b", null, plain(other.sentence)), ". ",
      h("span", null, plain(difference.words || "")), " ",
      other.asked_anew ? h("span.cgr-faint", null, `${other.asked_anew} new question${other.asked_anew > 1 ? "s" : ""} went to the solver. `) : null,
      difference.step === undefined || difference.step === null ? null : h("button", { onclick: () => goTo(model, difference.step) }, "go to the first difference"),
      h("button", { disabled: !live(model), onclick: () => ask(model, "forget") }, "put away"), question());
  };
  const drawStatus = () => {
    const run = model.get("run");
    fill(status, outcome(run, model.get("gold")), long(run.sentence, 300), run.cut ? ` · trace cut: ${run.cut}` : "");
  };
  const load = () => {
    const run = model.get("run");
    first.load(run, true);
    drawStatus();
    editor.value = model.get("source");
    strip.load(run);
    for (const [kind, node] of Object.entries(jumps)) node.disabled = run.stops[kind].length === 0;
    drawGold = header(model, top, gold);
    loadOther();
    draw();
  };
  load();
  const stop = watch(model, {
    run: load, position: draw, other: () => { loadOther(); draw(); }, pending: () => { loadOther(); draw(); }, gold: () => { drawGold(); drawStatus(); },
  });
  const ways = (kind) => (event) => jump(model, kind, event.shiftKey);
  onKeys(node, {
    ArrowRight: () => move(1), ArrowLeft: () => move(-1), Home: () => goTo(model, 0), End: () => goTo(model, Infinity),
    c: ways("call"), C: ways("call"), v: ways("change"), V: ways("change"), r: ways("return"), R: ways("return"),
    x: ways("trouble"), X: ways("trouble"), p: () => toggle(), "/": () => finder.focus(), l: () => { strip.toggleAll(); draw(); }, g: () => ask(model, "show_gold"),
    e: () => first.editLine(model.get("run").steps.line[model.get("position")]),
  });
  return () => { clearInterval(timer); stop(); done(); };
}

export default { render: renderStepper };
