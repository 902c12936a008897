// Draws one program to be judged, the evidence, and the keys that judge it.
import { auditorHead } from "./auditorhead.js";
import {
  answered,
  ask,
  fill,
  h,
  kernelButton,
  live,
  long,
  root,
  term,
  watch,
  whyOff,
} from "./dom.js";
import { LABELS, effects, legend, nameOf, probes, short, together } from "./evidence.js";
import { onKeys } from "./keyboard.js";
import { opinionsBox } from "./opinions.js";
import { drawProgram, reveal } from "./program.js";
import { repliesBox, replyButton } from "./replies.js";

function render({ model, el }) {
  const { node, body, done } = root(
    model,
    el,
    "auditor",
    "Auditor: judge one program after another",
  );
  const head = auditorHead(model, node);
  const program = h("div.cgr-scroll", { tabindex: "0", "aria-label": "program" });
  const item = h("div.cgr-pad.cgr-item-text");
  const side = h("div.cgr-scroll.cgr-side");
  const note = h("input", {
    type: "text",
    placeholder: "note, saved with the next verdict (n)",
    "aria-label": "note",
    disabled: !live(model),
    oninput: () => {
      model.set("note", note.value);
      model.save_changes();
    },
    onkeydown: (event) => {
      if (event.key === "Enter") node.focus();
    },
  });
  const said = h("span.cgr-faint");
  const saved = h("span", { "aria-live": "polite" });
  // While on, a verdict settles what raters disagree on and is no rater's own.
  let settling = false;
  const settle = (on) => {
    settling = on && mayHear();
    drawVerdict();
  };
  const mayHear = () => live(model) && Boolean(model.get("evidence").decision);
  // The note goes with the verdict: what is typed may reach the kernel after the key that judges.
  const judge = (label) => {
    ask(model, settling ? "adjudicate" : "judge", { label, note: note.value });
    model.set("note", "");
    model.save_changes();
  };
  // The next program comes up unjudged: focus must not stay on the button that judged this one.
  const press = (label) => {
    node.focus();
    judge(label);
  };
  // A saved page holds some programs of the queue and turns over among them by itself.
  const cases = model.get("cases") || [];
  const held = (by) => cases[cases.findIndex((one) => one.place === model.get("head").place) + by];
  const step = (by) => {
    if (answered(model)) return ask(model, "step", { by });
    const { place, ...shown } = held(by) || {};
    if (place === undefined) return;
    for (const [name, value] of Object.entries(shown)) model.set(name, value);
    model.set("head", { ...model.get("head"), place });
  };
  const buttons = LABELS.map(([key, id, name, meaning]) =>
    kernelButton(
      model,
      "button.cgr-judge",
      { title: `${meaning} (${key})`, onclick: () => press(id) },
      h("kbd", null, key),
      ` ${name}`,
    ),
  );
  const blind = kernelButton(
    model,
    "button",
    {
      title: "hide evidence until you enter a verdict (b)",
      onclick: () => ask(model, "set_blind", { on: !model.get("blind") }),
    },
    "blind",
  );
  const adjudicate = kernelButton(
    model,
    "button",
    {
      title: "your verdicts settle disagreements between raters; theirs are kept (a)",
      onclick: () => settle(!settling),
    },
    "adjudicate ",
    h("kbd", null, "a"),
  );
  const undo = kernelButton(
    model,
    "button",
    { title: "undo the last verdict (z)", onclick: () => ask(model, "undo") },
    "undo ",
    h("kbd", null, "z"),
  );
  const back = h(
    "button",
    { title: "previous program (shift + space)", onclick: () => step(-1) },
    "back",
  );
  const next = h(
    "button",
    { title: "next program (space)", onclick: () => step(1) },
    "next ",
    h("kbd", null, "space"),
  );
  const title = h("div.cgr-title");
  body.append(
    head.box,
    h(
      "div.cgr-two-columns",
      null,
      h("div.cgr-box", null, title, program),
      h("div.cgr-box", null, side),
    ),
    h(
      "div.cgr-verdicts",
      null,
      buttons,
      note,
      h("span.cgr-push"),
      adjudicate,
      blind,
      undo,
      back,
      next,
    ),
    h("div.cgr-on-record", null, saved, h("span.cgr-push"), said),
    legend(),
  );

  const replies = repliesBox(model, node);
  body.append(replies.box);
  const drawHead = () => {
    for (const [button, by] of [
      [back, -1],
      [next, 1],
    ]) {
      // A disabled button would keep the keys from the panel.
      if (button === document.activeElement && !answered(model) && !held(by)) node.focus();
      button.disabled = !answered(model) && !held(by);
    }
    head.draw();
  };
  const drawSide = () => {
    const evidence = model.get("evidence");
    const { item: about } = model.get("program");
    const shown = Boolean(evidence.decision);
    fill(
      item,
      about.question
        ? [
            h("div", null, long(about.question, 300)),
            h(
              "ol.cgr-letters",
              null,
              about.options.map(([letter, text]) =>
                h("li", null, h("b", null, letter), " ", long(text, 120)),
              ),
            ),
          ]
        : "",
    );
    fill(
      side,
      h("div.cgr-title", null, "item"),
      item,
      h(
        "div.cgr-title",
        null,
        "evidence",
        evidence.control ? [" · ", term("control", "control")] : "",
      ),
      shown
        ? [
            together(
              model.get("behaviour").decision || evidence.decision,
              Object.keys(evidence.notes).length > 0,
            ),
            evidence.interface.length
              ? h(
                  "div.cgr-pad.cgr-faint",
                  null,
                  evidence.interface.map((finding) => h("div", null, `interface: ${finding}`)),
                )
              : null,
            probes(model.get("behaviour"), model.get("probing")),
            effects(model.get("behaviour").replies),
            h("div.cgr-title", null, "human verdicts"),
            opinionsBox(model.get("opinions")),
            h("div.cgr-title", null, "recorded runs"),
            evidence.runs.length
              ? h(
                  "ul.cgr-runs",
                  null,
                  evidence.runs.map((run) =>
                    h(
                      "li",
                      null,
                      h("span.cgr-faint", null, `${run.solver} replied `),
                      run.replies.length
                        ? run.replies.map((reply, n) => [
                            n ? h("span.cgr-faint", null, " · ") : "",
                            h("b", null, reply[0] === "" ? "(nothing)" : reply[0]),
                          ])
                        : h("i", null, "nothing (it was not called)"),
                      h("span.cgr-faint", null, " → "),
                      replyButton(
                        model,
                        run.execution,
                        "cgr",
                        { command: "show_run_reply" },
                        run.letter
                          ? h("b", null, run.letter)
                          : h("span.cgr-faint", null, run.sentence.slice(0, 120)),
                      ),
                    ),
                  ),
                )
              : h("div.cgr-empty", null, "No run of this program is recorded."),
          ]
        : h(
            "div.cgr-empty",
            null,
            "Hidden until you enter a verdict. Press ",
            h("kbd", null, "b"),
            " to leave blind mode.",
          ),
    );
  };
  const drawProgramBox = () => {
    const { id, lines } = model.get("program");
    fill(title, term("program", "program"), " ", h("code", { title: id }, short(id)));
    const notes = model.get("evidence").notes || {};
    const drawn = drawProgram(lines, notes);
    const marked = Object.keys(notes)
      .map((line) => drawn.line(Number(line)))
      .filter(Boolean);
    for (const line of marked) line.classList.add("cgr-evidence");
    fill(program, drawn.code);
    program.scrollTop = 0;
    reveal(program, marked[marked.length - 1]);
    program.scrollLeft = 0;
  };
  const drawVerdict = () => {
    const verdict = model.get("verdict");
    LABELS.forEach(([, id], n) => buttons[n].setAttribute("aria-pressed", String(verdict === id)));
    const { judged, total } = model.get("head");
    fill(
      said,
      judged === total ? "all programs judged · " : "",
      verdict ? `your verdict: ${nameOf(verdict)}` : "",
      settling ? " · adjudicating: the next verdict settles the disagreement" : "",
    );
    if (settling && !mayHear()) settling = false;
    node.classList.toggle("cgr-settling", settling);
    adjudicate.setAttribute("aria-pressed", String(settling));
    adjudicate.disabled = !mayHear();
    const { did, label, program: of } = model.get("last");
    fill(
      saved,
      !live(model)
        ? whyOff(model)
        : did
          ? `${did}: ${nameOf(label)} for program ${short(of)}` +
            (did === "taken back" ? "" : " · undo z")
          : "",
    );
    blind.setAttribute("aria-pressed", String(model.get("blind")));
    if (note.value !== model.get("note")) note.value = model.get("note");
  };
  const draw = () => {
    drawHead();
    drawProgramBox();
    drawSide();
    drawVerdict();
  };
  draw();
  const stop = watch(model, {
    head: () => {
      drawHead();
      drawVerdict();
    },
    program: () => {
      drawProgramBox();
      drawSide();
    },
    evidence: () => {
      drawProgramBox();
      drawSide();
      drawVerdict();
    },
    opinions: drawSide,
    facets: head.draw,
    chosen: head.draw,
    behaviour: drawSide,
    verdict: drawVerdict,
    blind: () => {
      drawVerdict();
      head.draw();
    },
    note: drawVerdict,
    last: drawVerdict,
    probing: drawSide,
    reply: replies.drawReply,
    found: replies.drawFound,
  });
  onKeys(node, {
    ...Object.fromEntries(LABELS.map(([key, id]) => [key, () => judge(id)])),
    z: () => ask(model, "undo"),
    b: () => ask(model, "set_blind", { on: !model.get("blind") }),
    a: () => settle(!settling),
    n: () => note.focus(),
    " ": (event) => step(event.shiftKey ? -1 : 1),
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
  });
  return () => {
    stop();
    done();
  };
}

export default { render };
