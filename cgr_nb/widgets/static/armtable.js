// The ways of answering, as a table; a head sorts it by its column, and turned round once more.
import { armName } from "./cost.js";
import { count, fill, h, term } from "./dom.js";
import { percent } from "./svg.js";

const isKnown = (value) => value !== null && value !== undefined && value !== "";
const number = (value) =>
  !isKnown(value) ? "–" : value >= 100 ? count(Math.round(value)) : value.toFixed(1);
const share = (value) => (isKnown(value) ? percent(value) : "–");
// Of a text such as "−12.3" or "[−1.0, +2.0]", its first number.
const firstNumber = (text) => {
  const found = /[-−+]?\d[\d,]*\.?\d*/.exec(text || "");
  return found ? Number(found[0].replace("−", "-").replaceAll(",", "")) : null;
};

// Each column: its head, what is sorted by, and the text of a cell.
function columnsOf(found) {
  const versus = Object.fromEntries((found.rows || []).map((row) => [row.arm, row]));
  const shared = (key, head) => ({
    head,
    by: (arm) => firstNumber((versus[arm.arm] || {})[key]),
    text: (arm) => (versus[arm.arm] || {})[key] || "–",
  });
  const plain = (key, head, text) => ({
    head,
    by: (arm) => arm[key],
    text: (arm) => text(arm[key]),
  });
  return [
    { head: term("arm", "arm"), by: (arm) => armName(arm.arm) },
    plain("rows", "rows", count),
    plain("accuracy", term("macro", "macro accuracy"), percent),
    {
      head: "95 % interval",
      by: (arm) => arm.low,
      text: (arm) => (isKnown(arm.low) ? `${percent(arm.low)} to ${percent(arm.high)}` : "–"),
    },
    plain("chance", term("chance", "chance"), share),
    plain("calls", term("calls", "calls"), number),
    plain("tokens", term("tokens", "tokens"), number),
    plain("generator_tokens", "generator tokens", number),
    // Once arms are compared, what the reference differs by from each.
    ...(found.rows
      ? [
          shared("difference", term("pp", `${found.reference} − arm, pp`)),
          shared("joint", term("arms_joint", "95 % CI, simultaneous")),
          shared("detectable", term("detectable", "MDE, pp")),
        ]
      : []),
  ];
}

function sorted(arms, column, back) {
  if (!column) return arms;
  const known = arms.filter((arm) => isKnown(column.by(arm)));
  const order = (one, other) => {
    const [first, second] = [column.by(one), column.by(other)];
    return typeof first === "string" ? first.localeCompare(second) : second - first;
  };
  known.sort((one, other) => (back ? order(other, one) : order(one, other)));
  // What is not known stands last either way.
  return [...known, ...arms.filter((arm) => !known.includes(arm))];
}

export function drawArmTable(model, box) {
  const columns = columnsOf(model.get("comparison"));
  const heads = h("tr");
  const body = h("tbody");
  let by = -1,
    back = false;
  const draw = (focus) => {
    fill(
      heads,
      columns.map(({ head }, place) =>
        h(
          place ? "th.cgr-num" : "th",
          {
            scope: "col",
            "aria-sort": place !== by ? null : (place === 0) !== back ? "ascending" : "descending",
          },
          head,
          h(
            "button.cgr-order",
            {
              "aria-pressed": String(place === by),
              "aria-label": place === by ? "turn the order round" : "sort by this column",
              title: place === by ? "turn the order round" : "sort by this column",
              onclick: () => {
                back = place === by ? !back : false;
                by = place;
                draw(place);
              },
            },
            place !== by ? "↕" : (place === 0) !== back ? "▲" : "▼",
          ),
        ),
      ),
    );
    fill(
      body,
      sorted(model.get("arms"), columns[by], back).map((arm) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, term(arm.arm, armName(arm.arm))),
          columns.slice(1).map(({ text }) => h("td.cgr-num", null, text(arm))),
        ),
      ),
    );
    if (focus !== undefined) heads.children[focus].querySelector("button").focus();
  };
  draw();
  fill(
    box,
    h("summary", null, "as a table"),
    h("div.cgr-scroll", null, h("table", null, h("thead", null, heads), body)),
  );
}
