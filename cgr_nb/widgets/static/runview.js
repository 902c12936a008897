// One run at one step: program, variables, output and solver calls.
import { RULES, ask, fill, h, kernelButton, live, long, term, whyOff } from "./dom.js";
import { onEnter } from "./keyboard.js";
import { drawProgram, reveal } from "./program.js";
import { goTo } from "./steps.js";

const EVENTS = {
  call: "enters",
  line: "about to run",
  ask: "asks the solver",
  return: "returns",
  raise: "raises",
  unwind: "exits with the exception",
  cut: "trace truncated here",
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

export function runView(model, title, second = false) {
  const program = h("div.cgr-scroll", { tabindex: "0", "aria-label": "program" });
  const variables = h("div.cgr-scroll.cgr-vars", { "aria-live": "off" });
  const output = h("div.cgr-scroll.cgr-output.cgr-mono");
  const calls = h("div.cgr-scroll.cgr-calls");
  const heading = h("span.cgr-faint");
  const node = h(
    "div.cgr-run",
    null,
    h(
      "div.cgr-box.cgr-program",
      null,
      h("div.cgr-title", null, title === "program" ? term("program", title) : title, heading),
      program,
    ),
    h(
      "div.cgr-box.cgr-middle",
      null,
      h("div.cgr-title", null, "variables"),
      variables,
      h("div.cgr-title", null, "output so far"),
      output,
    ),
    h(
      "div.cgr-box.cgr-right-side",
      null,
      h("div.cgr-title", null, term("ask", "solver calls")),
      calls,
    ),
  );
  let run = null,
    drawn = null,
    cards = [],
    now = null;

  function card(entry, editable) {
    const field = h("input", {
      type: "text",
      "aria-label": `what if call ${entry.index + 1} had said`,
      placeholder: "what if the reply had been …",
      disabled: !live(model),
      title: live(model) ? "" : whyOff(model),
    });
    const tryIt = () =>
      ask(model, "what_if", {
        call: entry.index,
        reply: field.value,
        keep: editable === "second",
      });
    onEnter(field, tryIt);
    const unread = entry.wants_letter
      ? {
          none: "no option letter in the reply",
          ambiguous: "several letters in the reply",
          out_of_range: "a letter outside the options",
        }[entry.read]
      : "";
    const read =
      entry.reply === null
        ? "no reply"
        : entry.letter
          ? `read as ${entry.letter} by rule ${entry.rule}`
          : unread || "";
    return h(
      "article.cgr-card",
      { "aria-label": `solver call ${entry.index + 1}` },
      h(
        "header",
        null,
        h(
          "button.cgr-jump",
          {
            title: "go to this call",
            disabled: entry.step === null,
            onclick: () => goTo(model, entry.step),
          },
          `call ${entry.index + 1}`,
        ),
        entry.line ? h("span.cgr-faint", null, `line ${entry.line}`) : null,
        h(
          "span.cgr-faint.cgr-num.cgr-push",
          null,
          entry.tokens ? `${entry.tokens[0]} + ${entry.tokens[1]} tok` : "",
          entry.ms === null ? "" : ` · ${entry.ms < 10 ? entry.ms : Math.round(entry.ms)} ms`,
        ),
      ),
      h("div.cgr-said", null, h("span.cgr-who", null, "asked"), long(entry.prompt, 320)),
      entry.choices.length
        ? h("div.cgr-faint", null, `choices: ${entry.choices.join(", ")}`)
        : null,
      h(
        "div.cgr-said.cgr-reply",
        null,
        h("span.cgr-who", null, "said"),
        entry.reply === null
          ? h("i", null, "nothing")
          : entry.reply[0] === ""
            ? h("i", null, entry.thoughts ? RULES.cut_thought : "an empty reply")
            : long(entry.reply, 320),
      ),
      entry.thoughts
        ? h("details.cgr-faint", null, h("summary", null, "reasoning"), long(entry.thoughts, 320))
        : null,
      h(
        "div.cgr-faint",
        { title: "the extraction rule that fired on this reply" },
        read,
        entry.cut ? " · truncated at the token limit" : "",
      ),
      entry.origin ? h("div.cgr-faint", null, "reply: ", h("b", null, entry.origin)) : null,
      editable
        ? h(
            "div.cgr-whatif",
            null,
            field,
            kernelButton(
              model,
              "button",
              { onclick: tryIt, title: "run the program again with this reply" },
              "try",
            ),
          )
        : null,
    );
  }

  // One line becomes a field where it stands: Enter runs the program again with it, Escape
  // leaves it as it was.
  function editLine(number) {
    const line = drawn && drawn.line(number);
    if (!line || !live(model) || line.querySelector("input")) return;
    const text = line.querySelector(".cgr-text");
    const source =
      (second ? model.get("other").source : model.get("source")).split("\n")[number - 1] ??
      text.textContent;
    const close = () => {
      field.replaceWith(text);
      model.get("run") && program.closest(".cgr-stepper")?.focus();
    };
    const field = h("input.cgr-line-edit", {
      type: "text",
      value: source,
      "aria-label": `what if line ${number} were`,
      spellcheck: "false",
      onkeydown: (event) => {
        event.stopPropagation();
        if (event.key === "Escape") close();
        if (event.key === "Enter") {
          const now = field.value;
          close();
          if (now !== source) ask(model, "what_if", { line: number, text: now, keep: second });
        }
      },
    });
    text.replaceWith(field);
    field.focus();
  }
  program.addEventListener("dblclick", (event) => {
    const line = event.target.closest("[data-line]");
    if (line && !event.target.closest("button, input")) editLine(Number(line.dataset.line));
  });

  return {
    node,
    heading,
    editLine,
    load(value, editable) {
      run = value;
      drawn = drawProgram(run.lines, run.notes);
      fill(program, drawn.code);
      cards = run.asks.map((entry) => card(entry, editable));
      fill(
        calls,
        cards.length ? cards : h("div.cgr-empty", null, "This program never asked the solver."),
      );
      const failed = drawn.line(run.failed_line);
      if (failed) failed.classList.add("cgr-failed");
      now = null;
    },
    differs(line) {
      for (const old of program.querySelectorAll(".cgr-differs"))
        old.classList.remove("cgr-differs");
      const node = drawn.line(line);
      if (node) node.classList.add("cgr-differs");
    },
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
      if (now) {
        now.classList.remove("cgr-now");
        now.removeAttribute("aria-current");
      }
      now = line;
      if (line) {
        line.classList.add("cgr-now");
        line.setAttribute("aria-current", "step");
        reveal(program, line);
      }
      const event = steps.event[at];
      const value = steps.value[at];
      const frames = stateAt(steps, at).reverse();
      fill(
        variables,
        h(
          "div.cgr-event",
          null,
          `${EVENTS[event] || event}${steps.line[at] ? ` line ${steps.line[at]}` : ""}`,
          value ? [": ", long(value, 160)] : null,
        ),
        frames.map((frame) =>
          h(
            "table",
            null,
            frames.length > 1 ? h("caption", null, frame.name || "module") : null,
            // The newest variable on top: what a function was given is the least news.
            h(
              "tbody",
              null,
              [...frame.vars].reverse().map(([name, entry]) => {
                const fresh = entry.at === at;
                return h(
                  "tr",
                  { class: fresh ? "cgr-fresh" : "" },
                  h("th.cgr-mono", { scope: "row" }, name),
                  h("td.cgr-mono", null, long(entry.text, 70)),
                  h("td.cgr-tag", null, fresh ? "changed" : ""),
                );
              }),
            ),
          ),
        ),
      );
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
