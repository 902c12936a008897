// The open item, and the answers to it side by side.
import { CHANNELS, answered, ask, fill, h, kernelButton, long, plain, term } from "./dom.js";
import { replyButton } from "./replies.js";

export function answersBox(model) {
  const box = h("div.cgr-scroll.cgr-pad-box");
  function draw() {
    const item = model.get("item"),
      gold = model.get("gold");
    if (!item.question) {
      const words = answered(model)
        ? "Click an item to see its answers side by side."
        : "A saved page contains the answers of the item that was open; no item was open.";
      fill(box, h("div.cgr-empty", null, words));
      return;
    }
    const verdict = (letter) =>
      !gold.length || !letter
        ? ""
        : h(
            "b",
            {
              class: gold.includes(letter) ? "cgr-right" : "cgr-wrong",
              "aria-label": gold.includes(letter) ? "right" : "wrong",
            },
            gold.includes(letter) ? " ✓" : " ✗",
          );
    const answers = model.get("answers");
    const reply = (row, channel, status) =>
      replyButton(
        model,
        row.id,
        channel,
        {},
        row[channel] || h("span.cgr-faint", null, (status || "–").replaceAll("_", " ")),
      );
    // Other arms stand in a line of their own below the three channels.
    const others = (row) =>
      Object.entries(row.arms || {}).map(([arm, said]) =>
        h(
          "span.cgr-other",
          null,
          term(arm, arm.replaceAll("_", " ")),
          " ",
          said.length === 1
            ? [replyButton(model, row.id, arm, {}, h("b", null, said)), verdict(said)]
            : replyButton(
                model,
                row.id,
                arm,
                {},
                h("span.cgr-faint", null, said.replaceAll("_", " ")),
              ),
        ),
      );
    fill(
      box,
      h(
        "div.cgr-faint",
        null,
        plain(item.dataset),
        item.config === "default" ? "" : ` · ${item.config}`,
      ),
      h("div.cgr-question-text", null, long(item.question, 500)),
      item.context[0] ? h("div.cgr-faint", null, long(item.context, 300)) : null,
      h(
        "div.cgr-options",
        null,
        item.options.map(([letter, text]) =>
          h(
            "div.cgr-option",
            { class: `cgr-option${gold.includes(letter) ? " cgr-gold" : ""}` },
            h("b", null, letter),
            long(text, 200),
            gold.includes(letter) ? h("span.cgr-right", null, "gold") : null,
          ),
        ),
      ),
      h(
        "div.cgr-buttons",
        null,
        kernelButton(
          model,
          "button",
          {
            reads: true,
            disabled: !item.gold_known || gold.length > 0,
            title: "show the correct letter",
            onclick: () => ask(model, "show_gold"),
          },
          item.gold_known ? "show gold" : "no gold known",
        ),
      ),
      answers.length
        ? h(
            "table.cgr-answers",
            null,
            h(
              "thead",
              null,
              h(
                "tr",
                null,
                h("th", { scope: "col" }, "solver"),
                CHANNELS.map(([id, name]) =>
                  h(
                    "th",
                    { scope: "col" },
                    term(
                      id === "generator" ? "generator-side" : id,
                      [h("i.cgr-shape"), ` ${name}`],
                      `cgr-ch-${id}`,
                    ),
                  ),
                ),
                h("th", { scope: "col" }, "calls"),
                h("th"),
              ),
            ),
            h(
              "tbody",
              null,
              answers.map((row) => [
                h(
                  "tr",
                  null,
                  h(
                    "th",
                    { scope: "row" },
                    plain(row.solver),
                    row.where === "study"
                      ? ""
                      : h(
                          "span.cgr-faint",
                          null,
                          ` ${row.where === "this run" ? row.where : "pick"}`,
                        ),
                  ),
                  h(
                    "td",
                    { title: row.direct_status },
                    reply(row, "direct", row.direct_status),
                    verdict(row.direct),
                  ),
                  h(
                    "td",
                    { title: row.assisted_status },
                    reply(row, "assisted", row.assisted_status),
                    verdict(row.assisted),
                  ),
                  h("td", null, reply(row, "generator", "–"), verdict(row.generator)),
                  h("td.cgr-num", null, row.asks),
                  h(
                    "td.cgr-nowrap",
                    null,
                    row.program
                      ? kernelButton(
                          model,
                          "button.cgr-small",
                          {
                            title: "change this program and run it",
                            onclick: () => ask(model, "open_program", { row_id: row.id }),
                          },
                          "edit",
                        )
                      : "",
                    kernelButton(
                      model,
                      "button.cgr-small",
                      {
                        reads: true,
                        title: row.steps ? "step through this run" : "see why no program ran",
                        onclick: () => ask(model, "step", { row_id: row.id }),
                      },
                      row.steps ? "step" : "why",
                    ),
                  ),
                ),
                Object.keys(row.arms || {}).length
                  ? h("tr.cgr-others", null, h("td", { colspan: "6" }, others(row)))
                  : null,
              ]),
            ),
          )
        : h("div.cgr-empty", null, "Not run yet: select it and press run."),
    );
  }
  return { box, draw };
}
