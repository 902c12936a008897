// Draws the items that match, the models to ask, and the answers to the open item. Only visible lines are in the page.
import { h, fill, long, plain, count, live, ask, kernelButton, root, watch, later, term, unpack, CHANNELS, PROMPTS, RULES, SORTS } from "./dom.js";
import { onKeys } from "./keyboard.js";
import { stepBox } from "./stepbox.js";

const LINE = 26;

function places(model) {
  const bytes = model.get("view");
  if (!bytes || !bytes.byteLength) return new Uint32Array(0);
  // A copy: the buffer of a message need not be aligned.
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

// A list of any length: a tall empty box, and nodes for the lines in sight.
function longList(model, { onOpen, onChoose }) {
  const pool = h("div.cgr-pool");
  const tall = h("div.cgr-tall", null, pool);
  const box = h("div.cgr-scroll.cgr-items", { tabindex: "0", role: "listbox", "aria-label": "items", "aria-multiselectable": "true" }, tall);
  let shown = new Uint32Array(0), chosen = new Set(), at = 0, opened = -1, waiting = false, columns = null;
  const draw = () => {
    waiting = false;
    if (!columns) return;
    const names = model.get("names");
    const first = Math.max(0, Math.floor(box.scrollTop / LINE) - 4);
    const last = Math.min(shown.length, first + Math.ceil(box.clientHeight / LINE) + 9);
    tall.style.height = `${shown.length * LINE}px`;
    pool.style.transform = `translateY(${first * LINE}px)`;
    const lines = [];
    for (let n = first; n < last; n += 1) {
      const place = shown[n];
      lines.push(h("div.cgr-item-line", { class: `cgr-item-line${place === opened ? " cgr-open" : ""}${n === at ? " cgr-at" : ""}`, role: "option", "aria-selected": String(chosen.has(place)), "data-n": n, "data-place": place, title: columns.question[place] },
        h("input", { type: "checkbox", checked: chosen.has(place), tabindex: "-1", disabled: !live(model), "aria-label": `choose item ${n + 1}` }),
        h("span.cgr-what", null, columns.question[place]),
        h("span.cgr-faint.cgr-where", null, names.dataset[columns.dataset[place]]),
        h("span.cgr-status", { class: `cgr-status cgr-is-${names.status[columns.status[place]].replaceAll(" ", "-")}` }, names.status[columns.status[place]])));
    }
    fill(pool, lines);
  };
  const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  box.addEventListener("scroll", soon, { passive: true });
  box.addEventListener("click", (event) => {
    const line = event.target.closest("[data-n]");
    if (!line) return;
    at = Number(line.dataset.n);
    if (event.target.matches("input")) onChoose(shown[at], event.target.checked);
    else onOpen(shown[at]);
  });
  const goTo = (n) => {
    if (!shown.length) return;
    at = Math.max(0, Math.min(shown.length - 1, n));
    if (at * LINE < box.scrollTop) box.scrollTop = at * LINE;
    else if ((at + 1) * LINE > box.scrollTop + box.clientHeight) box.scrollTop = (at + 1) * LINE - box.clientHeight;
    soon();
  };
  onKeys(box, {
    ArrowDown: () => goTo(at + 1), ArrowUp: () => goTo(at - 1), PageDown: () => goTo(at + 12), PageUp: () => goTo(at - 12),
    Home: () => goTo(0), End: () => goTo(Infinity), Enter: () => onOpen(shown[at]), " ": () => onChoose(shown[at], !chosen.has(shown[at])),
  });
  const watcher = new ResizeObserver(soon);
  watcher.observe(box);
  return {
    box, stop: () => watcher.disconnect(),
    async unpack() { columns = await unpack(model.get("columns")); draw(); },
    load() { shown = places(model); at = Math.min(at, Math.max(0, shown.length - 1)); draw(); },
    choice() { chosen = new Set(model.get("chosen")); soon(); },
    open(place) { opened = place; soon(); },
  };
}

// A facet: one line a value with its count as a bar; a click filters.
function facet(model, name, set) {
  const box = h("details.cgr-facet", { open: name === "status" || name === "dataset" });
  const draw = () => {
    const names = model.get("names")[name], counts = model.get("counts")[name] || [], on = model.get("filters")[name] || [];
    const most = Math.max(1, ...counts);
    const lines = names.map((label, code) => [label, code]).filter(([, code]) => counts[code] || on.includes(code)).sort((a, b) => counts[b[1]] - counts[a[1]]);
    fill(box, h("summary", null, name === "config" ? "subject" : name, on.length ? h("b", null, ` · ${on.length} picked`) : ""),
      h("div.cgr-values", null, lines.map(([label, code]) => kernelButton(model, "button.cgr-value", { "aria-pressed": String(on.includes(code)), title: `${label}: ${count(counts[code])} items`, onclick: () => set(name, on.includes(code) ? on.filter((other) => other !== code) : [...on, code]) },
        h("span.cgr-fill", { style: { width: `${(100 * counts[code]) / most}%` }, "aria-hidden": "true" }), h("span.cgr-value-name", null, plain(label)), h("span.cgr-num", null, count(counts[code]))))));
  };
  return { box, draw };
}

function render({ model, el }) {
  const { node, body, done } = root(model, el, "workbench", "Workbench: pick items, run them, compare answers");
  const change = (name, value) => { model.set(name, value); model.save_changes(); };
  const search = h("input", { type: "search", placeholder: "search (/)", "aria-label": "search items", value: model.get("query"), disabled: !live(model), title: live(model) ? "words that must all occur" : "This is a saved page: open the panel in a notebook to search.", oninput: later(() => change("query", search.value), 90) });
  const sort = h("select", { "aria-label": "sort", disabled: !live(model), onchange: () => change("sort", sort.value) }, SORTS.map((name) => h("option", { value: name }, name)));
  const title = h("span");
  const list = longList(model, {
    onOpen: (place) => { list.open(place); ask(model, "open_item", { place }); },
    onChoose: (place, on) => ask(model, "choose", { place, on }),
  });
  const setFilter = (name, codes) => change("filters", { ...model.get("filters"), [name]: codes });
  const facets = ["status", "dataset", "config"].map((name) => facet(model, name, setFilter));
  const all = kernelButton(model, "button", { title: "forget that the results panel picked these", onclick: () => ask(model, "show_items") }, "show all items");
  const choiceButtons = [kernelButton(model, "button", { title: "choose everything shown", onclick: () => ask(model, "choose_shown") }, "choose shown"), kernelButton(model, "button", { title: "choose nothing", onclick: () => ask(model, "clear_choice") }, "clear")];
  const with_ = h("div.cgr-scroll.cgr-pad-box");
  const right = h("div.cgr-scroll.cgr-pad-box");
  const bar = h("progress", { max: 1, value: 0, "aria-label": "progress of the run" });
  const words = h("span.cgr-faint", { role: "status" });
  const run = kernelButton(model, "button.cgr-main", { title: "run the chosen items with the chosen models, in the background", onclick: () => ask(model, "run") }, "run");
  const stopButton = kernelButton(model, "button", { title: "stop now; finished rows are kept", onclick: () => ask(model, "stop") }, "stop");
  const code = h("div.cgr-code-box");
  const stepper = h("div.cgr-step-box");
  const drawStepper = stepBox(model, stepper, "workbench");

  function drawTitle() {
    const shown = places(model).length, out = model.get("left_out") || 0;
    fill(title, h("b", null, count(shown)), ` of ${count(model.get("total"))} items · `, h("b", null, count(model.get("chosen").length)), " ", term("pick", "chosen"), out ? h("span.cgr-faint", null, ` · ${count(out)} more are not in this saved page`) : "");
    all.hidden = !model.get("narrowed");
    run.disabled = !live(model) || !model.get("chosen").length || Boolean(model.get("progress").running);
  }
  const ticks = (names, trait, about) => h("div.cgr-models", null, names.map((name) => h("label", { title: about(name) }, h("input", { type: "checkbox", checked: model.get(trait).includes(name), disabled: !live(model), onchange: (event) => change(trait, event.target.checked ? [...model.get(trait), name] : model.get(trait).filter((other) => other !== name)) }), trait === "arms" ? term(name, name.replaceAll("_", " ")) : plain(name), trait === "arms" ? "" : h("span.cgr-faint", null, ` ${about(name)}`))));
  function drawModels() {
    const cards = model.get("models");
    const group = (role, trait) => [h("div.cgr-title", null, trait), ticks(cards.filter((card) => card.roles.includes(role)).map((card) => card.name), trait, (name) => cards.find((card) => card.name === name).about)];
    const choices = model.get("arm_choices");
    fill(with_, group("solver", "solvers"), group("generator", "generators"),
      h("div.cgr-title", null, term("arm", "arms")), h("div.cgr-faint", null, term("direct", "direct"), ", ", term("cgr", "cgr"), " always; and"),
      ticks(choices.map((arm) => arm.name), "arms", (name) => choices.find((arm) => arm.name === name).summary),
      promptBox, loaded);
  }
  const loaded = h("div.cgr-loaded.cgr-faint");
  function drawLoaded() {
    const now = model.get("memory"), names = now.names || [];
    loaded.hidden = !live(model) || !names.length;
    fill(loaded, "loaded: ", names.map((name, at) => [at ? ", " : "", plain(name)]), ` · ${count(now.used || 0)} of ${count(now.budget || 0)} MiB `,
      kernelButton(model, "button.cgr-small", { title: "free the models that nobody uses now; the next run or trial loads them again", onclick: () => ask(model, "free_models") }, "free"));
  }
  const which = h("select", { "aria-label": "prompt to edit", disabled: !live(model), onchange: () => change("prompt_name", which.value) }, PROMPTS.map((name) => h("option", { value: name }, name)));
  const editor = h("textarea.cgr-mono", { rows: 8, spellcheck: "false", "aria-label": "prompt template", value: model.get("prompt"), disabled: !live(model), oninput: later(() => change("prompt", editor.value), 150) });
  const preview = h("div.cgr-preview");
  const used = h("div.cgr-used");
  const tryIt = kernelButton(model, "button", { title: "ask the first chosen solver; nothing is recorded", onclick: () => { change("prompt", editor.value); ask(model, "try_prompt"); } }, "try it");
  const promptBox = h("details.cgr-prompt", { open: Object.keys(model.get("prompts_used")).length > 0 }, h("summary", null, "prompts"),
    h("div.cgr-buttons", null, which, h("span.cgr-faint.cgr-profile")), editor,
    h("div.cgr-buttons", null, kernelButton(model, "button", { title: "show what the open item makes of it", onclick: () => { change("prompt", editor.value); ask(model, "preview_prompt"); } }, "preview"), tryIt,
      kernelButton(model, "button", { title: "keep this text as a new version and run with it from now on; no older version is changed", onclick: () => { change("prompt", editor.value); ask(model, "use_prompt"); } }, "use in runs"),
      kernelButton(model, "button", { title: "put the text back that runs use now", onclick: () => ask(model, "reset_prompt") }, "reset")), used, preview);
  function drawPrompt() {
    if (editor.value !== model.get("prompt") && document.activeElement !== editor) editor.value = model.get("prompt");
    which.value = model.get("prompt_name");
    promptBox.querySelector(".cgr-profile").textContent = `for models of profile ${model.get("profile")}`;
    tryIt.disabled = !live(model) || !["direct", "cot"].includes(model.get("prompt_name"));
    fill(used, Object.entries(model.get("prompts_used")).map(([name, version]) => h("div", null, "runs use ", h("code", null, `${name}@${version}`), " ", kernelButton(model, "button.cgr-small", { title: "run without it again; its file stays", onclick: () => ask(model, "drop_prompt", { key: name }) }, "drop"))));
    fill(preview, model.get("preview").map(([role, text]) => h("div.cgr-message", null, h("span.cgr-who", null, role), long(text, 600))), trialOf("reply"));
  }
  // What is being tried: a reply to a prompt, or the calls of a program, as they are written.
  function trialOf(kind) {
    const trial = model.get("trial");
    if (!trial.solver || !(kind in trial)) return null;
    const ends = trial.running ? h("span.cgr-faint", null, " writing …") : h("div.cgr-faint", null, trial.sentence ? `it ${trial.sentence}` : trial.letter ? `read as ${trial.letter} by rule ${trial.rule}` : trial.rule === "cut_thought" ? RULES.cut_thought : "no letter read", " · not recorded");
    return h("div.cgr-message.cgr-trial", { "aria-live": "polite" }, h("span.cgr-who", null, trial.solver),
      kind === "reply" ? h("b", null, long(trial.reply || "…", 600)) : trial.calls.map((call, n) => h("div", null, h("span.cgr-faint", null, `call ${n + 1}: `, long(call.prompt, 120), " → "), h("b", null, long(call.reply || "…", 200)))), ends);
  }
  const programText = h("textarea.cgr-mono", { rows: 14, spellcheck: "false", "aria-label": "program to run", disabled: !live(model) });
  const programOut = h("div");
  const programBox = h("div.cgr-program-box", { hidden: true }, h("div.cgr-head", null, h("b", null, "program"), h("span.cgr-faint.cgr-of"), h("span.cgr-push"),
    kernelButton(model, "button.cgr-main", { title: "run it for this item with the row's solver; nothing is recorded", onclick: () => ask(model, "try_program", { source: programText.value, solver: model.get("program").solver }) }, "run it"),
    kernelButton(model, "button", { title: "step through what it just did", onclick: () => ask(model, "step_trial") }, "step"),
    h("button", { title: "put the program away", onclick: () => { change("program", {}); } }, "close")), programText, programOut);
  let programOf = null;
  function drawProgram_() {
    const { row, solver, source } = model.get("program");
    programBox.hidden = !source;
    if (!source) { programOf = null; return; }
    if (programOf !== row) { programText.value = source; programOf = row; }
    programBox.querySelector(".cgr-of").textContent = `asks ${solver}`;
    fill(programOut, trialOf("calls"));
  }
  function drawAnswers() {
    const item = model.get("item"), gold = model.get("gold");
    list.open(item.place);
    if (!item.question) { fill(right, h("div.cgr-empty", null, "Click an item to see its answers side by side.")); return; }
    const verdict = (letter) => !gold.length || !letter ? "" : h("b", { class: gold.includes(letter) ? "cgr-right" : "cgr-wrong", "aria-label": gold.includes(letter) ? "right" : "wrong" }, gold.includes(letter) ? " ✓" : " ✗");
    const answers = model.get("answers");
    // Other arms stand in a line of their own below the three channels.
    const others = (row) => Object.entries(row.arms || {}).map(([arm, said]) => h("span.cgr-other", null, term(arm, arm.replaceAll("_", " ")), " ", said.length === 1 ? [h("b", null, said), verdict(said)] : h("span.cgr-faint", null, said.replaceAll("_", " "))));
    fill(right,
      h("div.cgr-faint", null, plain(item.dataset), item.config === "default" ? "" : ` · ${item.config}`), h("div.cgr-question-text", null, long(item.question, 500)),
      item.context[0] ? h("div.cgr-faint", null, long(item.context, 300)) : null,
      h("div.cgr-options", null, item.options.map(([letter, text]) => h("div.cgr-option", { class: `cgr-option${gold.includes(letter) ? " cgr-gold" : ""}` }, h("b", null, letter), long(text, 200), gold.includes(letter) ? h("span.cgr-right", null, "gold") : null))),
      h("div.cgr-buttons", null, kernelButton(model, "button", { disabled: !item.gold_known || gold.length > 0, title: "show the correct letter", onclick: () => ask(model, "show_gold") }, item.gold_known ? "show gold" : "no gold known")),
      answers.length ? h("table.cgr-answers", null,
        h("thead", null, h("tr", null, h("th", { scope: "col" }, "solver"), CHANNELS.map(([id, name]) => h("th", { scope: "col" }, term(id === "generator" ? "generator-side" : id, [h("i.cgr-shape"), ` ${name}`], `cgr-ch-${id}`))), h("th", { scope: "col" }, "calls"), h("th"))),
        h("tbody", null, answers.map((row) => [h("tr", null,
          h("th", { scope: "row" }, plain(row.solver), row.where === "study" ? "" : h("span.cgr-faint", null, ` ${row.where === "this run" ? row.where : "pick"}`)),
          h("td", { title: row.direct_status }, row.direct || h("span.cgr-faint", null, row.direct_status), verdict(row.direct)),
          h("td", { title: row.assisted_status }, row.assisted || h("span.cgr-faint", null, row.assisted_status.replaceAll("_", " ")), verdict(row.assisted)),
          h("td", null, row.generator || "–", verdict(row.generator)), h("td.cgr-num", null, row.asks),
          h("td.cgr-nowrap", null, row.program ? kernelButton(model, "button.cgr-small", { title: "change this program and run it", onclick: () => ask(model, "open_program", { row_id: row.id }) }, "edit") : "", row.steps ? kernelButton(model, "button.cgr-small", { title: "step through this run", onclick: () => ask(model, "step", { row_id: row.id }) }, "step") : "")), Object.keys(row.arms || {}).length ? h("tr.cgr-others", null, h("td", { colspan: "6" }, others(row))) : null]))) : h("div.cgr-empty", null, "Not run yet: choose it and press run."));
  }
  function drawProgress() {
    const now = model.get("progress");
    bar.hidden = !now.total;
    bar.max = now.total || 1;
    bar.value = now.done || 0;
    stopButton.disabled = !live(model) || !(now.running || model.get("trial").running);
    const left = now.left ? ` · ${now.left < 90 ? `${Math.ceil(now.left)} s` : `${Math.ceil(now.left / 60)} min`} left` : "";
    fill(words, now.total ? `${count(now.done)} of ${count(now.total)} rows` : "", left, now.words ? ` ${now.total ? "· " : ""}${now.words}` : "");
    drawTitle();
  }
  const writing = h("div.cgr-writing", { "aria-live": "off" });
  function drawWriting() {
    const lines = model.get("writing");
    writing.hidden = !lines.length;
    fill(writing, lines.map((line) => h("div", null, h("span.cgr-faint", null, `${line.model} `), h("span.cgr-faint.cgr-asked", null, plain(line.asked.replaceAll("\n", " "))), " → ", h("b", null, plain(line.said)))));
  }
  function drawCode() {
    const made = model.get("code");
    code.hidden = !made.python;
    fill(code, h("div.cgr-head", null, h("b", null, "as code"), h("span.cgr-faint", null, "the same run without this panel"), h("span.cgr-push"), h("button", { onclick: () => { change("code", {}); } }, "close")),
      [["python", "Python: this panel as it stands"], ["shell", "shell: the same run"], ["toml", made.at]].map(([key, name]) => [h("div.cgr-title", null, plain(name || "")), h("textarea.cgr-mono", { readonly: true, rows: Math.min(16, (made[key] || "").split("\n").length), value: made[key] || "", "aria-label": `as ${key}`, onfocus: (event) => event.target.select() })]));
  }
  const drawView = () => { list.load(); facets.forEach((one) => one.draw()); drawTitle(); };

  body.append(
    h("div.cgr-head", null, title, h("span.cgr-push"), choiceButtons, run, stopButton, bar, words, kernelButton(model, "button", { title: "this pick as Python, shell and study.toml; writes the pick's folder", onclick: () => ask(model, "write_code") }, "as code")),
    writing,
    h("div.cgr-three", null,
      h("div.cgr-box.cgr-left", null, h("div.cgr-tools", null, search, sort, all), h("div.cgr-browse", null, h("div.cgr-scroll.cgr-facets", null, facets.map((one) => one.box)), list.box)),
      h("div.cgr-box.cgr-ask", null, with_),
      h("div.cgr-box", null, right)),
    programBox, code, stepper);
  sort.value = model.get("sort");
  drawModels(); drawLoaded(); drawPrompt(); drawAnswers(); drawProgram_(); drawWriting(); drawProgress(); drawCode(); drawView(); list.choice(); list.unpack(); drawStepper();
  const stop = watch(model, {
    view: drawView, counts: drawView, columns: () => list.unpack(), filters: () => facets.forEach((one) => one.draw()), narrowed: drawTitle,
    chosen: () => { list.choice(); drawTitle(); }, item: drawAnswers, answers: drawAnswers, gold: drawAnswers,
    models: drawModels, memory: drawLoaded, solvers: drawModels, generators: drawModels, progress: drawProgress,
    arms: drawModels, arm_choices: drawModels, prompt_name: drawPrompt, prompts_used: drawPrompt, profile: drawPrompt, program: drawProgram_, writing: drawWriting,
    prompt: drawPrompt, preview: drawPrompt, trial: () => { drawPrompt(); drawProgram_(); drawProgress(); }, code: drawCode, step_state: drawStepper,
    query: () => { if (document.activeElement !== search) search.value = model.get("query"); }, sort: () => { sort.value = model.get("sort"); },
  });
  onKeys(node, { "/": () => search.focus() });
  return () => { list.stop(); stop(); done(); };
}

export default { render };
