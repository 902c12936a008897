// The items that match: a list of any length, and the facets that narrow it. Only lines in sight
// are in the page.
import { count, fill, h, kernelButton, live, plain, unpack } from "./dom.js";
import { onKeys } from "./keyboard.js";

const LINE = 26;

export function places(model) {
  const bytes = model.get("view");
  if (!bytes || !bytes.byteLength) return new Uint32Array(0);
  // A copy: the buffer of a message need not be aligned.
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

// A list of any length: a tall empty box, and nodes for the lines in sight.
export function longList(model, { onOpen, onChoose }) {
  const pool = h("div.cgr-pool");
  const tall = h("div.cgr-tall", null, pool);
  const box = h(
    "div.cgr-scroll.cgr-items",
    { tabindex: "0", role: "listbox", "aria-label": "items", "aria-multiselectable": "true" },
    tall,
  );
  let shown = new Uint32Array(0),
    chosen = new Set(),
    at = 0,
    opened = -1,
    waiting = false,
    columns = null;
  const draw = () => {
    waiting = false;
    if (!columns) return;
    const names = model.get("names");
    const first = Math.max(0, Math.floor(box.scrollTop / LINE) - 4);
    const last = Math.min(shown.length, first + Math.ceil(box.clientHeight / LINE) + 9);
    tall.style.height = `${shown.length * LINE}px`;
    pool.style.transform = `translateY(${first * LINE}px)`;
    const lines = [];
    for (let n = first; n < last; n += 1) {
      const place = shown[n];
      lines.push(
        h(
          "div.cgr-item-line",
          {
            class: ["cgr-item-line", place === opened && "cgr-open", n === at && "cgr-at"]
              .filter(Boolean)
              .join(" "),
            role: "option",
            "aria-selected": String(chosen.has(place)),
            "data-n": n,
            "data-place": place,
            title: columns.question[place],
          },
          h("input", {
            type: "checkbox",
            checked: chosen.has(place),
            tabindex: "-1",
            disabled: !live(model),
            "aria-label": `select item ${n + 1}`,
          }),
          h("span.cgr-what", null, columns.question[place]),
          h("span.cgr-faint.cgr-where", null, names.dataset[columns.dataset[place]]),
          h(
            "span.cgr-status",
            {
              class:
                "cgr-status " +
                `cgr-is-${names.status[columns.status[place]].replaceAll(" ", "-")}`,
            },
            names.status[columns.status[place]],
          ),
        ),
      );
    }
    fill(pool, lines);
  };
  const soon = () => {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(draw);
    }
  };
  box.addEventListener("scroll", soon, { passive: true });
  box.addEventListener("click", (event) => {
    const line = event.target.closest("[data-n]");
    if (!line) return;
    at = Number(line.dataset.n);
    if (event.target.matches("input")) onChoose(shown[at], event.target.checked);
    else onOpen(shown[at]);
  });
  const goTo = (n) => {
    if (!shown.length) return;
    at = Math.max(0, Math.min(shown.length - 1, n));
    if (at * LINE < box.scrollTop) box.scrollTop = at * LINE;
    else if ((at + 1) * LINE > box.scrollTop + box.clientHeight)
      box.scrollTop = (at + 1) * LINE - box.clientHeight;
    soon();
  };
  onKeys(box, {
    ArrowDown: () => goTo(at + 1),
    ArrowUp: () => goTo(at - 1),
    PageDown: () => goTo(at + 12),
    PageUp: () => goTo(at - 12),
    Home: () => goTo(0),
    End: () => goTo(Infinity),
    Enter: () => onOpen(shown[at]),
    " ": () => onChoose(shown[at], !chosen.has(shown[at])),
  });
  const watcher = new ResizeObserver(soon);
  watcher.observe(box);
  return {
    box,
    stop: () => watcher.disconnect(),
    async unpack() {
      const bytes = model.get("columns");
      if (!bytes?.byteLength) return; // they are on their way
      columns = await unpack(bytes);
      draw();
    },
    load() {
      shown = places(model);
      at = Math.min(at, Math.max(0, shown.length - 1));
      draw();
    },
    choice() {
      chosen = new Set(model.get("chosen"));
      soon();
    },
    open(place) {
      opened = place;
      soon();
    },
  };
}

// A facet: one line a value with its count as a bar; a click filters.
export function facet(model, name, set) {
  const box = h("details.cgr-facet", { open: name === "status" || name === "dataset" });
  const draw = () => {
    const names = model.get("names")[name] || [],
      counts = model.get("counts")[name] || [],
      on = model.get("filters")[name] || [];
    const most = Math.max(1, ...counts);
    const lines = names
      .map((label, code) => [label, code])
      .filter(([, code]) => counts[code] || on.includes(code))
      .sort((a, b) => counts[b[1]] - counts[a[1]]);
    fill(
      box,
      h(
        "summary",
        null,
        name === "config" ? "subject" : name,
        on.length ? h("b", null, ` · ${on.length} selected`) : "",
      ),
      h(
        "div.cgr-values",
        null,
        lines.map(([label, code]) =>
          kernelButton(
            model,
            "button.cgr-value",
            {
              reads: true,
              "aria-pressed": String(on.includes(code)),
              title: `${label}: ${count(counts[code])} items`,
              onclick: () =>
                set(name, on.includes(code) ? on.filter((other) => other !== code) : [...on, code]),
            },
            h("span.cgr-fill", {
              style: { width: `${(100 * counts[code]) / most}%` },
              "aria-hidden": "true",
            }),
            h("span.cgr-value-name", null, plain(label)),
            h("span.cgr-num", null, count(counts[code])),
          ),
        ),
      ),
    );
  };
  return { box, draw };
}
