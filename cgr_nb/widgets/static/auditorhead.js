// How far a review is, which part of the queue it goes through, and what it says of the audits.
import { REVIEW_STATES, answered, ask, count, fill, h, whyOff } from "./dom.js";
import { hardCoded, nameOf, statistic } from "./evidence.js";

/** @type {[string, string, (value: string) => string][]} */
const FILTERS = [
  ["dataset", "every dataset", (value) => value],
  ["generator", "every generator", (value) => value],
  ["evidence", "any audit verdict", (value) => `audits: ${nameOf(value)}`],
  ["people", "whoever judged", (value) => REVIEW_STATES[value]],
];
// What a rater may choose by before a verdict in blind mode.
const SAFE = ["open", "mine"];

export function auditorHead(model, node) {
  const numbers = h("div.cgr-head");
  const filters = h("div.cgr-head.cgr-filters");
  const saved = model.get("cases") || [];

  const select = ([field, all, name]) => {
    const values = model.get("facets")[field] || [];
    const chosen = model.get("chosen")[field] || "";
    const blind = model.get("blind");
    if (values.length < 2 && !chosen) return null;
    const shown = values.filter(([value]) => !blind || field !== "people" || SAFE.includes(value));
    const off = !answered(model) || (blind && field === "evidence");
    const box = h(
      "select",
      {
        "aria-label": `${field} filter`,
        disabled: off,
        title: !answered(model)
          ? whyOff(model)
          : off
            ? "would reveal what is hidden: leave blind mode (b) first"
            : "",
        onchange: () => {
          ask(model, "choose", { field, value: box.value });
          node.focus();
        },
      },
      h("option", { value: "" }, all),
      shown.map(([value, programs]) =>
        h("option", { value }, `${name(value)} (${count(programs)})`),
      ),
    );
    box.value = chosen;
    return box;
  };

  const drawFilters = () => {
    const now = model.get("head");
    const some = Object.values(model.get("chosen")).some(Boolean);
    const boxes = FILTERS.map(select).filter(Boolean);
    filters.hidden = !boxes.length;
    fill(
      filters,
      boxes,
      some &&
        h(
          "span",
          { role: "status" },
          h("b", null, count(now.fit)),
          ` of ${count(now.total)} programs`,
          now.fit ? "" : ": nothing matches all filters",
        ),
      some &&
        answered(model) &&
        h(
          "button",
          {
            onclick: () => {
              for (const [field] of FILTERS) if (model.get("chosen")[field]) forget(field);
              node.focus();
            },
          },
          "show all",
        ),
    );
  };
  const forget = (field) => ask(model, "choose", { field, value: "" });

  const place = (now) => {
    const all = now.fit === now.total;
    if (all || now.at === null)
      return [h("b", null, count(now.place + 1)), ` of ${count(now.total)}`];
    return [
      h("b", null, count(now.at + 1)),
      ` of ${count(now.fit)} selected (${count(now.total)} in total)`,
    ];
  };

  const drawNumbers = () => {
    const now = model.get("head");
    const some = saved.length && saved.length < now.total;
    const raters = Object.entries(now.raters);
    fill(
      numbers,
      h(
        "span",
        null,
        h("span.cgr-faint", null, "queue "),
        place(now),
        now.reading ? h("span.cgr-faint", { role: "status" }, " · loading the others …") : "",
        some
          ? h(
              "span.cgr-faint",
              null,
              ` · this page contains ${count(saved[0].place + 1)} ` +
                `to ${count(saved.at(-1).place + 1)}`,
            )
          : "",
      ),
      h(
        "span.cgr-progress",
        null,
        h("progress", {
          max: now.total,
          value: now.judged,
          "aria-label": "programs judged",
        }),
        h("b", null, count(now.judged)),
        ` of ${count(now.total)} `,
        h("span.cgr-faint", null, "judged by "),
        model.get("rater"),
      ),
      raters.length > 1 &&
        h(
          "span",
          null,
          h("span.cgr-faint", null, `${raters.length} raters: `),
          raters.map(([rater, judged], n) => [n ? ", " : "", `${rater} ${count(judged)}`]),
        ),
      raters.length > 1 &&
        h(
          "span",
          null,
          h("b", null, count(now.apart)),
          h("span.cgr-faint", null, " apart, "),
          h("b", null, count(now.adjudicated)),
          h("span.cgr-faint", null, " adjudicated"),
        ),
      raters.length > 2 && statistic("alpha", "alpha", now.alpha),
      statistic("kappa", raters.length > 2 ? "mean kappa" : "kappa", now.kappa),
      statistic("precision", "precision of the audits", now.precision),
      statistic("recall", "recall", now.recall),
      hardCoded(now.hard_coded),
    );
  };
  return {
    box: h("div", null, numbers, filters),
    draw: () => {
      drawNumbers();
      drawFilters();
    },
  };
}
