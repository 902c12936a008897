import WORDS from "../../words/words.json" with { type: "json" };
import { UNSEEN, UNSEEN_ALL, unseenMark } from "./unseen.js";

// Helpers that all panels share. Text from models, programs and people enters the page through
// text nodes only.

// h("button.cgr-x", { title: "…", onclick: f }, "text", node): one element.
export function h(what, props, ...children) {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style")
      for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

export function add(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : plain(String(child)));
  }
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren();
  return add(node, children);
}

// A text node, or several with the unseen characters marked.
export function plain(text) {
  if (!UNSEEN.test(text)) return document.createTextNode(text);
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(UNSEEN_ALL)) {
    parts.append(text.slice(from, match.index));
    parts.append(unseenMark(match[0].charCodeAt(0)));
    from = match.index + 1;
  }
  parts.append(text.slice(from));
  return parts;
}

export const count = (n) => n.toLocaleString("en-US");

// A long text shows its beginning and opens on demand, a screenful of characters at a time.
// `clip` is [text, characters that were left out by Python].
export function long(clip, limit = 400, page = 20000) {
  const [text, more] = Array.isArray(clip) ? clip : [clip ?? "", 0];
  const box = h("span.cgr-long");
  const draw = (shown) => {
    const left = text.length - shown;
    fill(
      box,
      text.slice(0, shown),
      left > 0 &&
        h(
          "button.cgr-more",
          {
            title: "show more of this text",
            onclick: (event) => {
              event.stopPropagation();
              draw(Math.min(text.length, shown + page));
            },
          },
          `… ${count(left + more)} more characters`,
        ),
      left <= 0 &&
        more > 0 &&
        h("span.cgr-faint", null, ` … ${count(more)} more characters, available in Python only`),
    );
  };
  draw(Math.min(limit, text.length));
  return box;
}

// A word with its meaning: on hover, on focus, and for readers who hear the page.
export function term(key, words, kind = "") {
  const meaning = WORDS.glossary[key];
  if (!meaning) return h("span", { class: kind }, words);
  return h(
    "dfn",
    {
      class: `cgr-term ${kind}`,
      tabindex: "0",
      "data-meaning": meaning,
      "aria-description": meaning,
    },
    words,
  );
}

// One tooltip a panel, in the top layer, so that no box cuts it off.
function tips(node) {
  const tip = h("div.cgr-tip", { popover: "manual", role: "tooltip" });
  node.append(tip);
  const hide = () => {
    if (tip.matches(":popover-open")) tip.hidePopover();
  };
  const show = (event) => {
    const word = event.target.closest?.("[data-meaning]");
    if (!word || !tip.showPopover) return hide();
    tip.textContent = word.dataset.meaning;
    if (!tip.matches(":popover-open")) tip.showPopover();
    const at = word.getBoundingClientRect(),
      size = tip.getBoundingClientRect();
    const below = at.bottom + 6 + size.height < window.innerHeight;
    tip.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - size.width - 8))}px`;
    tip.style.top = `${below ? at.bottom + 6 : Math.max(4, at.top - size.height - 6)}px`;
  };
  node.addEventListener("pointerover", show);
  node.addEventListener("focusin", show);
  node.addEventListener("focusout", hide);
  node.addEventListener("pointerleave", hide);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  node.addEventListener("scroll", hide, { capture: true, passive: true });
}

// Whether anybody answers: a kernel, or the viewer, which reads the study and no more.
export const answered = (model) => model.get("live") !== false;
export const live = (model) => answered(model) && model.get("live") !== "reads";
export const whyOff = (model) => (answered(model) ? WORDS.viewer.reads_only : WORDS.replies.saved);

// Ask for something; a saved page, which nobody answers, says why it can't.
export function ask(model, name, args) {
  if (answered(model)) model.send({ do: name, with: args || {} });
}

// A button that needs the kernel, or, with `reads`, somebody who answers.
export function kernelButton(model, what, { reads = false, ...props }, ...children) {
  const off = !(reads ? answered(model) : live(model));
  return h(
    what,
    { ...props, disabled: off || props.disabled, title: off ? whyOff(model) : props.title },
    ...children,
  );
}

// A table that Python packed: gzipped JSON.
export async function unpack(bytes) {
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

export function later(work, ms) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), ms);
  };
}

// The panel's root: error line, saved view of the same panel hidden, keys kept from JupyterLab's
// shortcuts.
export function root(model, el, name, label) {
  const error = h("div.cgr-error", { role: "alert" });
  const silent = h(
    "div.cgr-silent",
    { role: "status", hidden: true },
    "This panel has no running kernel and shows its last state; " +
      "to use its buttons, run its cell again.",
  );
  const body = h("div.cgr-body");
  // Lumino looks for this attribute before it runs a shortcut such as "z" or "d d".
  const reads = answered(model) && !live(model);
  const node = h(
    "section.cgr",
    {
      class: `cgr cgr-${name}${reads ? " cgr-reads" : ""}`,
      "aria-label": label,
      tabindex: "0",
      "data-lm-suppress-shortcuts": "true",
    },
    error,
    silent,
    body,
  );
  const hide = document.createElement("style");
  const key = model.get("saved_as");
  if (key && live(model)) {
    hide.textContent =
      `.jp-OutputArea-child:has([data-cgr-saved="${key}"]), ` +
      `[data-cgr-saved="${key}"] {display: none}`;
    document.head.append(hide);
  }
  const showError = () => {
    const text = model.get("error") || "";
    error.hidden = !text;
    fill(
      error,
      h("b", null, "Not done. "),
      text,
      h(
        "button.cgr-close",
        {
          title: "hide this",
          "aria-label": "hide this",
          onclick: () => {
            model.set("error", "");
            model.save_changes();
          },
        },
        "×",
      ),
    );
  };
  showError();
  // A reopened notebook may bring a panel's state back without its kernel.
  const heard = () => {
    clearTimeout(waiting);
    silent.hidden = true;
  };
  const waiting = live(model)
    ? setTimeout(() => {
        silent.hidden = false;
      }, 4000)
    : 0;
  if (live(model)) {
    model.on("msg:custom", heard);
    model.send({ do: "hello" });
  }
  const stop = watch(model, { error: showError });
  tips(node);
  el.append(node);
  return {
    node,
    body,
    done: () => {
      clearTimeout(waiting);
      model.off("msg:custom", heard);
      stop();
      hide.remove();
    },
  };
}

// Call functions when traits change; gives back what undoes it.
export function watch(model, handlers) {
  const bound = Object.entries(handlers);
  for (const [name, handler] of bound) model.on(`change:${name}`, handler);
  return () => {
    for (const [name, handler] of bound) model.off(`change:${name}`, handler);
  };
}

// [id, name, meaning] of each.
export const CHANNELS = Object.entries(WORDS.channels).map(([id, { name, meaning }]) => [
  id,
  name,
  meaning,
]);

export const {
  replies: REPLY_WORDS,
  runs: RUN_WORDS,
  rules: RULES,
  prompts: PROMPTS,
  sorts: SORTS,
  verdicts: VERDICTS,
  auditor: AUDITOR_WORDS,
  review_states: REVIEW_STATES,
} = WORDS;

// The answer of one channel, with the mark for right or wrong once gold is shown.
export function answerChip(channel, letter, gold, wrap = (shown) => shown) {
  const [, name, meaning] = CHANNELS.find(([id]) => id === channel);
  const right = gold && gold.length ? gold.includes(letter) : null;
  const mark = right === null ? "" : right ? " ✓" : " ✗";
  return h(
    "span.cgr-chip",
    { class: `cgr-chip cgr-ch-${channel}`, title: `${name}: ${meaning}` },
    h("i.cgr-shape", { "aria-hidden": "true" }),
    `${name} `,
    wrap(h("b", null, letter || "–")),
    mark &&
      h(
        "b",
        { class: right ? "cgr-right" : "cgr-wrong", "aria-label": right ? "right" : "wrong" },
        mark,
      ),
  );
}
