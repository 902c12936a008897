// What raters said of one program, side by side, and what settles it.
import { h, long, term } from "./dom.js";
import { nameOf } from "./evidence.js";

const when = (created) => created.slice(0, 16).replace("T", " ");

const card = (said) =>
  h(
    "li.cgr-opinion",
    { class: `cgr-opinion${said.stands ? "" : " cgr-past"}` },
    h(
      "div",
      null,
      h("b", null, said.rater),
      said.settles ? h("span.cgr-faint", null, " adjudicated") : "",
    ),
    h(
      "div",
      null,
      said.stands ? h("b", null, nameOf(said.label)) : h("s", null, nameOf(said.label)),
    ),
    said.note && h("div", null, long(said.note, 160)),
    h("div.cgr-faint", null, when(said.created), said.stands ? "" : " · no longer stands"),
  );

export function opinionsBox(opinions) {
  if (!opinions.length) return h("div.cgr-faint.cgr-pad", null, "No verdict yet.");
  const raters = opinions.filter((said) => !said.settles && said.stands);
  const settled = opinions.find((said) => said.settles && said.stands);
  const apart = new Set(raters.map((said) => said.label)).size > 1;
  const past = opinions.filter((said) => !said.stands);
  return h(
    "div.cgr-pad",
    null,
    settled
      ? h(
          "div",
          null,
          term("adjudicated", "adjudicated"),
          ` by ${settled.rater}: `,
          h("b", null, nameOf(settled.label)),
        )
      : raters.length > 1
        ? h(
            "div",
            { class: apart ? "cgr-warn" : "" },
            apart
              ? ["raters disagree; to settle this, press ", h("kbd", null, "a"), " and a verdict"]
              : "raters agree",
          )
        : null,
    h("ul.cgr-opinions", null, [...raters, ...(settled ? [settled] : [])].map(card)),
    past.length
      ? h(
          "details",
          null,
          h(
            "summary.cgr-faint",
            null,
            `${past.length} earlier verdict${past.length === 1 ? "" : "s"}`,
          ),
          h("ul.cgr-opinions", null, past.map(card)),
        )
      : null,
  );
}
