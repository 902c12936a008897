import { RULES, h, long } from "./dom.js";

// What is being tried: a reply to a prompt, or the calls of a program, as they are written.
export function trialOf(model, kind) {
  const trial = model.get("trial");
  if (!trial.solver || !(kind in trial)) return null;
  const ends = trial.running
    ? h("span.cgr-faint", null, " writing …")
    : h(
        "div.cgr-faint",
        null,
        trial.sentence
          ? `it ${trial.sentence}`
          : trial.letter
            ? `read as ${trial.letter} by rule ${trial.rule}`
            : trial.rule === "cut_thought"
              ? RULES.cut_thought
              : "no letter extracted",
        " · not recorded",
      );
  return h(
    "div.cgr-message.cgr-trial",
    { "aria-live": "polite" },
    h("span.cgr-who", null, trial.solver),
    kind === "reply"
      ? h("b", null, long(trial.reply || "…", 600))
      : trial.calls.map((call, n) =>
          h(
            "div",
            null,
            h("span.cgr-faint", null, `call ${n + 1}: `, long(call.prompt, 120), " → "),
            h("b", null, long(call.reply || "…", 200)),
          ),
        ),
    ends,
  );
}
