// What speaks for and against a program, in words and figures.
import { AUDITOR_WORDS, VERDICTS, count, h, long, term } from "./dom.js";

// [key, id, name, meaning] of each verdict.
export const LABELS = Object.entries(VERDICTS).map(([id, { name, meaning }], n) => [
  String(n + 1),
  id,
  name,
  meaning,
]);
export const nameOf = (label) => VERDICTS[label]?.name || (label === "cut" ? "cut short" : label);
export const short = (id) => id.slice(0, 4);
export const share = (e) =>
  e ? `${e.value.toFixed(2)} [${e.low.toFixed(2)}, ${e.high.toFixed(2)}]` : "–";

export function statistic(key, name, estimate) {
  return h(
    "span",
    null,
    h("span.cgr-faint", null, term(key, name), " "),
    h("b.cgr-figure", { title: estimate ? `n = ${estimate.n}` : "" }, share(estimate)),
  );
}

// How much of the study is hard-coded by the combined verdict: the numbers of the headline.
export function hardCoded(all) {
  if (!all) return null;
  return h(
    "span",
    {
      title:
        `${count(all.probed)} probed, ${count(all.judged)} judged by raters, ` +
        `${count(all.unsure)} undetermined`,
    },
    h("span.cgr-faint", null, term("hard-coded", "hard-coded"), " "),
    h("b.cgr-figure", null, count(all.programs)),
    h("span.cgr-faint", null, ` of ${count(all.programs_of)} programs, `),
    h("b.cgr-figure", null, count(all.rows)),
    h("span.cgr-faint", null, ` of ${count(all.rows_of)} retained rows`),
  );
}

// Both audits of the program shown: one word, why, and then what each says. Only the word has a
// colour, so that no line can be taken for another verdict.
export function together(decision, hasMarks) {
  const kind =
    decision.word === "hard_coded" ? "cgr-wrong" : decision.word === "clean" ? "cgr-right" : "";
  const told = VERDICTS[decision.word];
  return h(
    "div.cgr-pad.cgr-decision",
    null,
    h("div", null, "both audits combined: ", h("b", { class: kind }, nameOf(decision.word))),
    decision.word === "fallback_only" ? h("div", null, told.meaning) : null,
    h("div.cgr-faint", null, decision.why),
    h(
      "ul.cgr-sides",
      null,
      decision.sides.map(({ words, alone }) =>
        h("li", null, words, alone ? h("span.cgr-faint", null, ` (${outweighed(alone)})`) : ""),
      ),
    ),
    hasMarks && h("div.cgr-faint", null, AUDITOR_WORDS.marks),
  );
}
const outweighed = (alone) => AUDITOR_WORDS.outweighed.replace("{word}", nameOf(alone));

// What the verdicts mean, beside the keys that give them.
export function legend() {
  return h(
    "details.cgr-legend",
    { open: true },
    h("summary.cgr-faint", null, "what the verdicts mean"),
    h(
      "dl",
      null,
      LABELS.map(([key, , name, meaning]) => [
        h("dt", null, h("kbd", null, key), ` ${name}`),
        h("dd", null, meaning),
      ]),
    ),
  );
}

export function probes(behaviour, probing) {
  if (behaviour.failed) return h("div.cgr-faint.cgr-pad", null, behaviour.failed);
  if (!behaviour.decision)
    return h(
      "div.cgr-faint.cgr-pad",
      null,
      probing
        ? "running it with synthetic replies …"
        : ["not probed; run ", h("code", null, "cgr-nb audit")],
    );
  const list = behaviour.probes || [];
  const ends = new Map();
  for (const probe of list)
    ends.set(probe.letter || probe.status, (ends.get(probe.letter || probe.status) || 0) + 1);
  return h(
    "div.cgr-pad",
    null,
    behaviour.fixed &&
      h("div", null, `with reordered options it returns the same ${behaviour.fixed}`),
    list.length
      ? h(
          "details",
          null,
          h(
            "summary.cgr-faint",
            null,
            `${list.length} probes: `,
            [...ends].map(([end, n], place) => [place ? ", " : "", h("b", null, end), ` ${n}×`]),
          ),
          h(
            "table.cgr-probes",
            null,
            h(
              "thead",
              null,
              h(
                "tr",
                null,
                ["solver reply", "options", "returned"].map((name) =>
                  h("th", { scope: "col" }, name),
                ),
              ),
            ),
            h(
              "tbody",
              null,
              list.map((probe) =>
                h(
                  "tr",
                  null,
                  h("td", null, probe.name),
                  h("td.cgr-faint", null, probe.order),
                  h(
                    "td",
                    null,
                    probe.letter
                      ? h("b", null, probe.letter)
                      : h("span.cgr-faint", null, probe.status),
                  ),
                ),
              ),
            ),
          ),
        )
      : null,
  );
}

// What each recorded reply is worth: the run again with that one reply changed.
export function effects(replies) {
  if (!replies || !replies.length) return null;
  return h(
    "div.cgr-pad",
    null,
    h(
      "table.cgr-probes.cgr-effects",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["reply", "it said", "said otherwise, the answer"].map((name) =>
            h("th", { scope: "col" }, name),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        replies.map((one) =>
          h(
            "tr",
            null,
            h(
              "td",
              null,
              one.reply,
              one.line ? h("span.cgr-faint", null, ` line ${one.line}`) : "",
            ),
            h("td", null, h("b", null, long(one.said, 40))),
            h("td", null, worth(one)),
          ),
        ),
      ),
    ),
  );
}

// Another letter is what counts; a run that came to none is told apart from that.
function worth(one) {
  const to = one.moved.filter(([, , isLetter]) => isLetter);
  const lost = one.moved.filter(([, , isLetter]) => !isLetter);
  const list = (some, end) => [
    some
      .slice(0, 3)
      .map(([said, came], n) => [n ? ", " : "", long(said, 24), " → ", h("b", null, end(came))]),
    some.length > 3 ? h("span.cgr-faint", null, ` and ${some.length - 3} more`) : "",
  ];
  return [
    to.length
      ? [h("b", null, "moves: "), list(to, (letter) => letter)]
      : [
          h("b", null, one.moved.length ? AUDITOR_WORDS.no_other : "stays"),
          h("span.cgr-faint", null, ` (${one.tried} tried)`),
        ],
    lost.length
      ? ["; ", list(lost, (status) => AUDITOR_WORDS.no_letter.replace("{status}", status))]
      : null,
  ];
}
