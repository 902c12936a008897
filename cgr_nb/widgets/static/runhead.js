// The row of a run: item, answers of the three channels, gold.
import { replyButton } from "./replies.js";
import { CHANNELS, answerChip, answered, fill, h, long } from "./dom.js";

export function header(model, box, gold) {
  const row = model.get("row");
  const chips = h("span.cgr-head-chips");
  const item = model.get("item");
  const options = h("div.cgr-options");
  const status = (id) => (row[`${id}_status`] || "").replaceAll("_", " ");
  const draw = () => {
    const known = model.get("gold");
    fill(
      chips,
      CHANNELS.map(([id]) =>
        answerChip(id, row[id] || status(id), known, (shown) =>
          row.id ? replyButton(model, row.id, id, {}, shown) : shown,
        ),
      ),
    );
    fill(
      options,
      item.options.map(([letter, text]) =>
        h(
          "div.cgr-option",
          { class: known.includes(letter) ? "cgr-option cgr-gold" : "cgr-option" },
          h("b", null, letter),
          long(text, 240),
          CHANNELS.filter(([id]) => row[id] === letter).map(([id, name]) =>
            h("i.cgr-shape", {
              class: `cgr-shape cgr-ch-${id}`,
              title: `${name} answered ${letter}`,
              role: "img",
              "aria-label": name,
            }),
          ),
          known.includes(letter) ? h("span.cgr-right", null, "gold") : null,
        ),
      ),
    );
    fill(
      gold,
      known.length
        ? `gold ${known.join(", ")}`
        : model.get("gold_known")
          ? "show gold"
          : "no gold known",
    );
    gold.disabled = !answered(model) || known.length > 0 || !model.get("gold_known");
  };
  draw();
  fill(
    box,
    h(
      "div.cgr-head",
      null,
      h("b", null, item.dataset, item.config !== "default" ? ` · ${item.config}` : ""),
      row.solver ? h("span", null, h("span.cgr-faint", null, "solver "), row.solver) : null,
      row.generator_name
        ? h("span", null, h("span.cgr-faint", null, "generator "), row.generator_name)
        : null,
      row.arm
        ? h(
            "span",
            null,
            h("span.cgr-faint", null, "run of arm "),
            row.arm,
            h("span.cgr-faint", null, row.run === "program" ? "" : ` (${row.run})`),
          )
        : null,
      h("span.cgr-push"),
      chips,
      gold,
    ),
    h(
      "details.cgr-item",
      { open: true },
      h("summary", null, long(item.question, 300)),
      item.context[0] ? h("div.cgr-context", null, long(item.context, 600)) : null,
      options,
    ),
  );
  return draw;
}

// Right and wrong are said once gold is shown; until then a run has returned something, or failed.
export function outcome(run, gold) {
  if (run.status !== "ok" && run.status !== "ended")
    return h("span.cgr-wrong", { "aria-hidden": "true" }, "! ");
  if (!gold.length || run.status === "ended")
    return h("span.cgr-faint", { "aria-hidden": "true" }, "→ ");
  const right = gold.includes(run.letter);
  return h(
    "span",
    {
      class: right ? "cgr-right" : "cgr-wrong",
      role: "img",
      "aria-label": right ? "right: " : "wrong: ",
    },
    right ? "✓ " : "✗ ",
  );
}
