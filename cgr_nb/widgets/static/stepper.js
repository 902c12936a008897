// Draws a run step by step, and a second run beside it.
import { codeEditor } from "./codeeditor.js";
import { ask, count, fill, h, kernelButton, live, long, plain, root, watch } from "./dom.js";
import { onEnter, onKeys } from "./keyboard.js";
import { repliesBox } from "./replies.js";
import { header, outcome } from "./runhead.js";
import { runView } from "./runview.js";
import { find, goTo, jump } from "./steps.js";
import { drawStrip } from "./strip.js";

export function renderStepper({ model, el }) {
  const { node, body, done } = root(
    model,
    el,
    "stepper",
    "Stepper: one run of a program, step by step",
  );
  const gold = kernelButton(model, "button", {
    reads: true,
    onclick: () => ask(model, "show_gold"),
    title: "show the correct letter",
  });
  const top = h("div");
  const status = h("div.cgr-status", { role: "status" });
  const first = runView(model, "program");
  const second = runView(model, "what if", true);
  const both = h("div.cgr-runs", null, first.node, second.node);
  const change = h("div.cgr-change");
  const where = h("span.cgr-where.cgr-num", { "aria-live": "polite" });
  const slider = h("input", {
    type: "range",
    min: 0,
    "aria-label": "step",
    oninput: () => goTo(model, strip.stepOf(Number(slider.value))),
  });
  const strip = drawStrip(model, (step) => goTo(model, step));
  const move = (by) => goTo(model, strip.stepOf(strip.stationOf(model.get("position")) + by));
  let timer = 0;
  const play = h(
    "button",
    { title: "play (p)", "aria-label": "play", "aria-pressed": "false", onclick: () => toggle() },
    "play",
  );
  function toggle(on = !timer) {
    clearInterval(timer);
    timer = on
      ? setInterval(() => {
          const before = model.get("position");
          move(1);
          if (before === model.get("position")) toggle(false);
        }, 350)
      : 0;
    play.setAttribute("aria-pressed", String(Boolean(timer)));
    fill(play, timer ? "pause" : "play");
  }
  const button = (mark, label, key, work) =>
    h("button", { title: `${label} (${key})`, "aria-label": label, onclick: work }, mark);
  const jumps = {
    call: button("next call", "next solver call", "c", () => jump(model, "call")),
    change: button("next change", "next change of a variable", "v", () => jump(model, "change")),
    return: button("return", "next return", "r", () => jump(model, "return")),
    trouble: button("exception", "next exception", "x", () => jump(model, "trouble")),
  };
  const finder = h("input.cgr-find", {
    type: "search",
    placeholder: "find (/)",
    "aria-label": "find in the run",
    title: "a line or a variable; Enter finds the next, shift + Enter the previous",
    onkeydown: (event) => {
      if (event.key === "Enter")
        finder.classList.toggle("cgr-none", !find(model, finder.value, event.shiftKey));
    },
  });
  const runAgain = () => ask(model, "what_if", { source: editor.text() });
  const editor = codeEditor(model, {
    label: "program to try",
    language: "python",
    rows: 12,
    onSubmit: runAgain,
  });
  const editBox = h(
    "details.cgr-edit",
    { ontoggle: () => editBox.open && editor.open() },
    h("summary", null, "what if the program were different (one line: press e, or click it twice)"),
    editor.box,
    kernelButton(
      model,
      "button.cgr-main",
      {
        title: "run the edited program against the recorded replies (Ctrl+Enter)",
        onclick: runAgain,
      },
      "run again",
    ),
    h("span.cgr-faint", null, " recorded replies are reused; new questions go to the solver"),
  );
  body.append(
    top,
    status,
    change,
    both,
    strip.node,
    h(
      "div.cgr-controls",
      null,
      button("|‹", "first step", "Home", () => goTo(model, 0)),
      button("‹", "step back", "←", () => move(-1)),
      slider,
      button("›", "step", "→", () => move(1)),
      button("›|", "last step", "End", () => goTo(model, Infinity)),
      play,
      where,
      h("span.cgr-push"),
      finder,
      Object.values(jumps),
      h(
        "span.cgr-faint.cgr-keys",
        null,
        h("kbd", null, "←"),
        h("kbd", null, "→"),
        " step ",
        h("kbd", null, "c"),
        " call ",
        h("kbd", null, "v"),
        " change ",
        h("kbd", null, "r"),
        " return, with ",
        h("kbd", null, "shift"),
        " back · ",
        h("kbd", null, "p"),
        " play ",
        h("kbd", null, "l"),
        " loops ",
        h("kbd", null, "g"),
        " gold ",
        h("kbd", null, "e"),
        " edit the line ",
        h("kbd", null, "/"),
        " find",
      ),
    ),
    editBox,
  );

  const replies = repliesBox(model, node);
  body.append(replies.box);
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
    const field = h("input", {
      type: "text",
      "aria-label": "solver reply",
      placeholder: "solver reply",
    });
    const goOn = () =>
      ask(model, "what_if", { call: pending.call, reply: field.value, keep: true });
    onEnter(field, goOn);
    return h(
      "div.cgr-whatif.cgr-pending",
      null,
      h("span", null, h("b", null, `Call ${pending.call + 1} asks: `), long(pending.prompt, 300)),
      field,
      kernelButton(
        model,
        "button.cgr-main",
        { onclick: goOn, title: "continue with this reply" },
        "go on",
      ),
    );
  };
  const loadOther = () => {
    const other = model.get("other");
    const shown = Boolean(other.lines);
    second.node.hidden = !shown;
    change.hidden = !shown && !model.get("pending").prompt;
    node.classList.toggle("cgr-two", shown);
    first.differs(0);
    if (!shown) {
      fill(change, question());
      return;
    }
    const difference = model.get("difference");
    second.load(other, "second");
    if (difference.line) {
      second.differs(difference.line);
      first.differs(difference.was_line || difference.line);
    }
    fill(
      change,
      h("b", null, "What if "),
      plain(other.changed),
      ": it ",
      h("b", null, plain(other.sentence)),
      ". ",
      h("span", null, plain(difference.words || "")),
      " ",
      other.asked_anew
        ? h(
            "span.cgr-faint",
            null,
            `${other.asked_anew} new question${other.asked_anew > 1 ? "s" : ""} ` +
              `went to the solver. `,
          )
        : null,
      difference.step === undefined || difference.step === null
        ? null
        : h(
            "button",
            { onclick: () => goTo(model, difference.step) },
            "go to the first difference",
          ),
      h("button", { disabled: !live(model), onclick: () => ask(model, "forget") }, "dismiss"),
      question(),
    );
  };
  const drawStatus = () => {
    const run = model.get("run");
    fill(
      status,
      outcome(run, model.get("gold")),
      long(run.sentence, 300),
      run.cut ? ` · trace cut: ${run.cut}` : "",
    );
  };
  const load = () => {
    const run = model.get("run");
    node.classList.toggle("cgr-absent-run", run.status === "absent");
    first.load(run, true);
    drawStatus();
    editor.put(model.get("source"));
    strip.load(run);
    for (const [kind, node] of Object.entries(jumps)) node.disabled = run.stops[kind].length === 0;
    drawGold = header(model, top, gold);
    loadOther();
    draw();
  };
  load();
  const stop = watch(model, {
    run: load,
    position: draw,
    other: () => {
      loadOther();
      draw();
    },
    reply: replies.drawReply,
    found: replies.drawFound,
    pending: () => {
      loadOther();
      draw();
    },
    gold: () => {
      drawGold();
      drawStatus();
    },
  });
  const ways = (kind) => (event) => jump(model, kind, event.shiftKey);
  onKeys(node, {
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    Home: () => goTo(model, 0),
    End: () => goTo(model, Infinity),
    c: ways("call"),
    C: ways("call"),
    v: ways("change"),
    V: ways("change"),
    r: ways("return"),
    R: ways("return"),
    x: ways("trouble"),
    X: ways("trouble"),
    p: () => toggle(),
    "/": () => finder.focus(),
    l: () => {
      strip.toggleAll();
      draw();
    },
    g: () => ask(model, "show_gold"),
    e: () => first.editLine(model.get("run").steps.line[model.get("position")]),
  });
  return () => {
    clearInterval(timer);
    editor.close();
    stop();
    done();
  };
}

export default { render: renderStepper };
