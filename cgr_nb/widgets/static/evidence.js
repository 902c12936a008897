// What speaks for and against a program, in words and figures.
import { VERDICTS, count, h, long, term } from "./dom.js";

// [key, id, name, meaning] of each verdict.
export const LABELS = Object.entries(VERDICTS).map(([id, { name, meaning }], n) => [
  String(n + 1),
  id,
  name,
  meaning,
]);
export const nameOf = (label) => (LABELS.find(([, id]) => id === label) || [null, null, label])[2];
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
        `${count(all.probed)} probed, ${count(all.judged)} judged by people, ` +
        `${count(all.unsure)} undetermined`,
    },
    h("span.cgr-faint", null, term("hard-coded", "hard-coded"), " "),
    h("b.cgr-figure", null, count(all.programs)),
    h("span.cgr-faint", null, ` of ${count(all.programs_of)} programs, `),
    h("b.cgr-figure", null, count(all.rows)),
    h("span.cgr-faint", null, ` of ${count(all.rows_of)} retained rows`),
  );
}

// Both audits of the program shown, in the words of a verdict.
export function together(said) {
  if (!said) return null;
  const kind = said === "hard_coded" ? "cgr-wrong" : said === "clean" ? "cgr-right" : "";
  return h(
    "div",
    { class: kind },
    "both audits together: ",
    h("b", null, said === "cut" ? "cut short" : nameOf(said)),
  );
}

export function probes(behaviour, probing) {
  if (!behaviour.words)
    return h(
      "div.cgr-faint.cgr-pad",
      null,
      probing
        ? "running it with made-up replies …"
        : ["not probed; run ", h("code", null, "cgr-nb audit")],
    );
  const sure =
    behaviour.verdict === "independent"
      ? "cgr-wrong"
      : behaviour.verdict === "dependent"
        ? "cgr-right"
        : "cgr-faint";
  const list = behaviour.probes || [];
  const ends = new Map();
  for (const probe of list)
    ends.set(probe.letter || probe.status, (ends.get(probe.letter || probe.status) || 0) + 1);
  return h(
    "div.cgr-pad",
    null,
    h(
      "div",
      { class: sure },
      behaviour.words,
      behaviour.fixed
        ? `; it holds on to the ${behaviour.fixed} when options are turned round`
        : "",
    ),
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
                ["the solver said", "options", "returned"].map((name) =>
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
            h(
              "td",
              null,
              one.moved.length
                ? [
                    h("b.cgr-right", null, "moves: "),
                    one.moved
                      .slice(0, 3)
                      .map(([said, end], n) => [
                        n ? ", " : "",
                        long(said, 24),
                        " → ",
                        h("b", null, end),
                      ]),
                    one.moved.length > 3
                      ? h("span.cgr-faint", null, ` and ${one.moved.length - 3} more`)
                      : "",
                  ]
                : [
                    h("b.cgr-wrong", null, "stays"),
                    h("span.cgr-faint", null, ` (${one.tried} tried)`),
                  ],
            ),
          ),
        ),
      ),
    ),
  );
}
