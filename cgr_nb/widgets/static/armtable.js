// The ways of answering, as a table.
import { armName } from "./cost.js";
import { count, fill, h, term } from "./dom.js";
import { percent } from "./svg.js";

export function drawArmTable(model, box) {
  const number = (value) =>
    value === null || value === undefined
      ? "–"
      : value >= 100
        ? count(Math.round(value))
        : value.toFixed(1);
  const interval = (arm) =>
    arm.low === undefined || arm.low === null ? "–" : `${percent(arm.low)} to ${percent(arm.high)}`;
  // Once arms are compared, what the reference differs by from each.
  const found = model.get("comparison");
  const versus = Object.fromEntries((found.rows || []).map((row) => [row.arm, row]));
  const joint = found.rows
    ? [
        ["difference", `${found.reference} − arm, pp`, "pp"],
        ["joint", "95 % CI, simultaneous", "arms_joint"],
        ["detectable", "MDE, pp", "detectable"],
      ]
    : [];
  fill(
    box,
    h("summary", null, "as a table"),
    h(
      "div.cgr-scroll",
      null,
      h(
        "table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("th", { scope: "col" }, term("arm", "arm")),
            h("th.cgr-num", { scope: "col" }, "rows"),
            h("th.cgr-num", { scope: "col" }, term("macro", "macro accuracy")),
            h("th.cgr-num", { scope: "col" }, "95 % interval"),
            h("th.cgr-num", { scope: "col" }, term("chance", "chance")),
            h("th.cgr-num", { scope: "col" }, term("calls", "calls")),
            h("th.cgr-num", { scope: "col" }, term("tokens", "tokens")),
            h("th.cgr-num", { scope: "col" }, "generator tokens"),
            joint.map(([, name, key]) => h("th.cgr-num", { scope: "col" }, term(key, name))),
          ),
        ),
        h(
          "tbody",
          null,
          model.get("arms").map((arm) =>
            h(
              "tr",
              null,
              h("th", { scope: "row" }, term(arm.arm, armName(arm.arm))),
              h("td.cgr-num", null, count(arm.rows)),
              h("td.cgr-num", null, percent(arm.accuracy)),
              h("td.cgr-num", null, interval(arm)),
              h(
                "td.cgr-num",
                null,
                arm.chance === null || arm.chance === undefined ? "–" : percent(arm.chance),
              ),
              h("td.cgr-num", null, number(arm.calls)),
              h("td.cgr-num", null, number(arm.tokens)),
              h("td.cgr-num", null, number(arm.generator_tokens)),
              joint.map(([key]) => h("td.cgr-num", null, (versus[arm.arm] || {})[key] || "–")),
            ),
          ),
        ),
      ),
    ),
  );
}
