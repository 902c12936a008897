// What models were asked and said behind one answer, and a search over all they said.
import {
  CHANNELS,
  REPLY_WORDS,
  RULES,
  answered,
  ask,
  count,
  fill,
  h,
  kernelButton,
  long,
  plain,
  term,
} from "./dom.js";

const CHANNEL_OF = { direct: "direct", cgr: "assisted", generator_only: "generator" };
const ARM_OF = { direct: "direct", assisted: "cgr", generator: "generator_only" };
const said = (status) => status.replaceAll("_", " ");

function nameOfArm(arm) {
  const channel = CHANNELS.find(([id]) => id === CHANNEL_OF[arm]);
  return channel ? channel[1] : said(arm);
}

// Show the calls behind an answer: asked from Python, or found in a saved page.
export function openReply(model, row, arm, command) {
  if (answered(model)) return ask(model, command, { row, arm });
  const kept = model.get("kept") || { answers: {}, rows: 0, of: 0 };
  const id = (kept.numbers || {})[row] || row;
  const view = (kept.answers[id] || {})[arm];
  model.set("reply", view || { row: id, arm, absent: [kept.rows, kept.of] });
}

// A letter or a status as a button that shows what stands behind it. `channel` may be an arm.
export function replyButton(model, row, channel, props, ...children) {
  const { command = "show_reply", ...others } = props || {};
  const arm = ARM_OF[channel] || channel;
  return h(
    "button.cgr-reply-button",
    {
      title: REPLY_WORDS.button,
      "aria-label": `${nameOfArm(arm)}: ${REPLY_WORDS.button}`,
      ...others,
      onclick: (event) => {
        event.stopPropagation();
        openReply(model, row, arm, command);
      },
    },
    children,
  );
}

// Text in pieces: what was read, letters of which none was, and the rest.
function pieces(list) {
  const box = h("span.cgr-long");
  for (const [kind, text] of list)
    if (kind === "more")
      box.append(h("span.cgr-faint", null, ` … ${count(text)} ${REPLY_WORDS.more}`));
    else box.append(kind ? h(`mark.cgr-is-${kind}`, null, plain(text)) : plain(text));
  return box;
}

function facts(call) {
  const rule = call.rule ? RULES[call.rule] || call.rule : "–";
  return [
    call.status ? [term("rule", "rule"), ` ${rule}`] : null,
    call.tokens
      ? `${call.estimated ? "about " : ""}${count(call.tokens[0])} + ${count(call.tokens[1])} tok`
      : null,
    call.seconds === undefined
      ? null
      : call.seconds < 0.1
        ? `${(1000 * call.seconds).toFixed(1)} ms`
        : `${call.seconds.toFixed(1)} s`,
    call.finish ? (call.finish === "length" ? REPLY_WORDS.cut : call.finish) : null,
  ]
    .filter(Boolean)
    .map((fact, n) => [n ? " · " : "", fact]);
}

function notes(call) {
  if (call.remark) return call.remark;
  if (call.status === undefined) return call.role === "solver" ? REPLY_WORDS.to_program : "";
  if (call.stands) return `${count(call.stands)} ${REPLY_WORDS.stand_alone}`;
  return "";
}

function thought(call) {
  if (!call.thoughts) return null;
  const size = call.thought_tokens === null ? "" : ` (${count(call.thought_tokens)} tok)`;
  return h(
    "details.cgr-faint",
    null,
    h("summary", null, `${REPLY_WORDS.thought}${size}`),
    long(call.thoughts, 4000),
  );
}

function callBox(call, number) {
  const letters = call.letters ? [" → ", h("b", null, call.letters)] : "";
  const reply = call.reply || [];
  const note = notes(call);
  return h(
    "article.cgr-reply-call",
    { "aria-label": `call ${number}` },
    h(
      "header",
      null,
      h("b", null, `${number} `, plain(call.key)),
      h("span.cgr-faint", null, call.model ? ` ${call.model}` : ""),
      call.status ? h("span", null, said(call.status), letters) : "",
      h("span.cgr-push.cgr-faint.cgr-num", null, facts(call)),
    ),
    call.absent
      ? h("div.cgr-faint", null, REPLY_WORDS.not_on_record)
      : h(
          "div.cgr-reply-sides",
          null,
          h(
            "div.cgr-reply-side",
            { tabindex: "0", role: "group", "aria-label": "prompt" },
            h("div.cgr-title", null, call.prompt ? REPLY_WORDS.rendered : REPLY_WORDS.turns),
            call.prompt
              ? h("div.cgr-mono", null, long(call.prompt, 4000))
              : call.turns.map(([role, text]) =>
                  h("div.cgr-mono", null, h("b", null, role), " ", long(text, 4000)),
                ),
            call.choices.length
              ? h(
                  "div.cgr-faint",
                  null,
                  "choices: ",
                  call.choices.map((one, n) => [n ? ", " : "", long(one, 60)]),
                )
              : null,
          ),
          h(
            "div.cgr-reply-side",
            { tabindex: "0", role: "group", "aria-label": "reply" },
            h("div.cgr-title", null, "reply"),
            thought(call),
            call.error
              ? h("div.cgr-wrong", null, long(call.error, 600))
              : h(
                  "div.cgr-mono",
                  null,
                  reply.length ? pieces(reply) : h("i", null, REPLY_WORDS.empty),
                ),
            note ? h("div.cgr-faint", null, note) : null,
          ),
        ),
  );
}

// The box of a panel, and what draws it again.
export function repliesBox(model, node) {
  const box = h("section.cgr-replies", { "aria-label": "replies", tabindex: "-1" });
  let from = null,
    hits = [];
  const close = () => {
    model.set("reply", {});
    model.set("found", {});
    model.save_changes();
    if (from && from.isConnected) from.focus();
    else node.focus();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || box.querySelector("input:focus")) return;
    event.stopPropagation();
    close();
  });
  const field = h("input", {
    type: "search",
    placeholder: REPLY_WORDS.search,
    "aria-label": REPLY_WORDS.search,
    maxlength: 200,
    disabled: !answered(model),
    title: answered(model) ? REPLY_WORDS.search_how : REPLY_WORDS.search_saved,
    // By hand: a form inside a notebook does not submit.
    onkeydown: (event) => {
      if (event.key === "Enter") look();
      if (event.key === "Escape") field.blur();
      event.stopPropagation();
    },
  });
  const pattern = h("input", {
    type: "checkbox",
    "aria-label": REPLY_WORDS.pattern,
    disabled: !answered(model),
  });
  const look = (after = "") => {
    const text = after ? model.get("found").text : field.value;
    const as = after ? model.get("found").pattern : pattern.checked;
    if (text) ask(model, "search_replies", { text, pattern: as, after });
  };
  const bar = h(
    "div.cgr-head.cgr-reply-search",
    null,
    field,
    h("label.cgr-faint", { title: REPLY_WORDS.pattern_how }, pattern, " ", REPLY_WORDS.pattern),
    kernelButton(
      model,
      "button",
      { reads: true, title: REPLY_WORDS.search_how, onclick: () => look() },
      "find",
    ),
  );
  const results = h("div.cgr-scroll.cgr-reply-hits");
  const shown = h("div");
  box.append(bar, results, shown);

  function drawFound() {
    const found = model.get("found") || {};
    if (!found.hits) {
      hits = [];
      results.hidden = true;
      return;
    }
    hits = found.first ? found.hits : [...hits, ...found.hits];
    results.hidden = false;
    fill(
      results,
      h(
        "div.cgr-faint",
        { role: "status" },
        hits.length
          ? `${count(hits.length)}${found.next ? "+" : ""} replies contain it`
          : REPLY_WORDS.nothing_found,
      ),
      hits.map((hit) =>
        h(
          "button.cgr-reply-hit",
          {
            disabled: !hit.row,
            title: hit.row ? REPLY_WORDS.button : REPLY_WORDS.of_no_row,
            onclick: () => ask(model, "show_reply", { row: hit.row, arm: hit.arm }),
          },
          h("span.cgr-faint", null, `${hit.model} · ${hit.arm ? nameOfArm(hit.arm) : "–"} `),
          hit.thought ? h("span.cgr-faint", null, "(thought) ") : "",
          pieces(hit.pieces),
        ),
      ),
      found.next
        ? h("button.cgr-show-more", { onclick: () => look(found.next) }, "show more")
        : null,
    );
  }
  function drawReply(moved) {
    const now = model.get("reply") || {};
    shown.hidden = !now.arm;
    if (!now.arm) return fill(shown);
    if (moved && !box.contains(document.activeElement)) from = document.activeElement;
    if (now.absent) {
      const [rows, of] = now.absent;
      fill(
        shown,
        h(
          "div.cgr-empty",
          { role: "status" },
          `${REPLY_WORDS.not_kept} (${count(rows)} of ${count(of)} rows) `,
          h("button", { onclick: close }, "close"),
        ),
      );
    } else
      fill(
        shown,
        h(
          "div.cgr-head.cgr-reply-head",
          null,
          h(
            "span.cgr-reply-arms",
            { role: "group", "aria-label": "answers of this row" },
            now.arms.map(([arm, end]) =>
              h(
                "button",
                {
                  "aria-pressed": String(arm === now.arm),
                  onclick: () => openReply(model, now.row, arm, "show_reply"),
                },
                `${nameOfArm(arm)} `,
                h("b", null, said(end)),
              ),
            ),
          ),
          h("button", { title: "close (Escape)", onclick: close }, "close"),
        ),
        h(
          "div.cgr-reply-detail.cgr-faint",
          null,
          [
            now.solver && `solver ${now.solver}`,
            now.generator && `generator ${now.generator}`,
            now.reasks && `asked again ${count(now.reasks)}×`,
            now.detail[0] && long(now.detail, 400),
          ]
            .filter(Boolean)
            .map((fact, n) => [n ? " · " : "", fact]),
        ),
        now.calls.length
          ? now.calls.map((call, n) => callBox(call, n + 1))
          : h("div.cgr-empty", null, REPLY_WORDS.no_calls),
        now.left_out
          ? h("div.cgr-empty", null, `${count(now.left_out)} ${REPLY_WORDS.left_out}`)
          : null,
      );
    if (moved) {
      box.scrollIntoView({ block: "nearest" });
      box.focus({ preventScroll: true });
    }
  }
  drawFound();
  drawReply(false);
  return { box, drawFound, drawReply: () => drawReply(true) };
}
