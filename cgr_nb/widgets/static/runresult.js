// What a run came to: accuracy by channel with its interval, and against the run before.
import { CHANNELS, count, fill, h, plain, term } from "./dom.js";

const one = (value) => value.toFixed(1);
const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${one(Math.abs(value))}`;
const span = (found, show) =>
  found.low === null || found.low === undefined
    ? h("span.cgr-faint", null, found.note || "–")
    : [`${show(found.low)} to ${show(found.high)}`, found.note && h("sup", null, "*")];

export function runResult(model) {
  const box = h("div.cgr-result", { role: "status" });
  const draw = () => {
    const found = model.get("result");
    box.hidden = !found.where;
    if (box.hidden) return;
    const compared = found.common > 0;
    const before = found.before === "study" ? "the study's rows" : `run ${found.before}`;
    const notes = new Set(
      found.channels
        .flatMap((line) => [line, line.change || {}])
        .filter((part) => part.low !== null && part.note)
        .map((part) => part.note),
    );
    const line = (of) => {
      const [id, name] = CHANNELS.find(([channel]) => channel === of.channel);
      const change = of.change;
      return h(
        "tr",
        null,
        h("th", { scope: "row", class: `cgr-ch-${id}` }, h("i.cgr-shape"), ` ${name}`),
        h("td.cgr-num", null, h("b", null, `${one(100 * of.accuracy)} %`)),
        h("td.cgr-num", null, span(of, one)),
        compared && [
          h("td.cgr-num", null, change ? `${one(100 * change.before)} %` : "–"),
          h("td.cgr-num", null, change ? h("b", null, signed(change.pp)) : "–"),
          h("td.cgr-num", null, change ? span(change, signed) : "–"),
          h("td.cgr-num", null, change ? `${count(change.gains)} / ${count(change.losses)}` : "–"),
        ],
      );
    };
    fill(
      box,
      h(
        "div",
        null,
        h("b", null, "result"),
        ` of run ${found.where}: `,
        `${count(found.rows)} of ${count(found.rows_of)} rows count, ${count(found.items)} items`,
        found.ended === "finished" ? "" : h("span.cgr-warn", null, ` · ${found.ended}`),
      ),
      found.channels.length
        ? h(
            "div.cgr-wide",
            null,
            h(
              "table.cgr-channels",
              null,
              h(
                "thead",
                null,
                h(
                  "tr",
                  null,
                  h("th", { scope: "col" }, "channel"),
                  h("th.cgr-num", { scope: "col" }, term("macro", "macro accuracy")),
                  h("th.cgr-num", { scope: "col" }, "95 % CI over items"),
                  compared && [
                    h("th.cgr-num", { scope: "col" }, "before"),
                    h("th.cgr-num", { scope: "col" }, term("pp", "change, pp")),
                    h("th.cgr-num", { scope: "col" }, "95 % CI"),
                    h("th.cgr-num", { scope: "col" }, "rows gained / lost"),
                  ],
                ),
              ),
              h("tbody", null, found.channels.map(line)),
            ),
          )
        : h("div.cgr-faint", null, "No row can be scored: gold is unknown, or calls failed."),
      h(
        "div.cgr-faint",
        null,
        compared
          ? `before: ${before}, on the ${count(found.common)} rows (item and solver) in common`
          : `no row in common with ${before}, so nothing to compare with`,
        [...notes].map((note) => h("div", null, "* ", plain(note))),
      ),
    );
  };
  return { box, draw };
}
