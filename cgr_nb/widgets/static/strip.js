// The whole run on one line: stations are steps, a folded loop is one station with its count.
import { h, fill } from "./dom.js";

export function drawStrip(model, go) {
  const bar = h("div.cgr-bar", {
    onclick: (event) => {
      const box = bar.getBoundingClientRect();
      go(stepOf(Math.round(((event.clientX - box.left) / box.width) * (stations.length - 1))));
    },
  });
  const node = h(
    "div.cgr-strip",
    { "aria-hidden": "true", title: "the whole run; click to go there" },
    bar,
  );
  const needle = h("div.cgr-needle");
  let run = null,
    closed = new Set(),
    stations = [];

  // A loop that asks the solver or raises stays open: that is what a reader looks for.
  const quiet = (fold) =>
    ![...run.stops.call, ...run.stops.trouble].some((n) => n >= fold.from && n <= fold.to);
  function settle() {
    stations = [];
    const size = run.steps.line.length;
    const at = new Map([...closed].map((fold) => [fold.from, fold]));
    for (let n = 0; n < size; n += 1) {
      stations.push(n);
      const fold = at.get(n);
      if (fold) n = fold.to;
    }
    draw();
  }
  const place = (station) =>
    `${stations.length > 1 ? (100 * station) / (stations.length - 1) : 0}%`;
  const mark = (kind, step, label, title) =>
    h(`span.cgr-mark.cgr-mark-${kind}`, { style: { left: place(stationOf(step)) }, title }, label);
  function draw() {
    fill(
      bar,
      run.folds.map((fold) =>
        closed.has(fold)
          ? h(
              "button.cgr-mark.cgr-mark-loop",
              {
                tabindex: "-1",
                style: { left: place(stationOf(fold.from)) },
                title: `loop at line ${fold.line}: ${fold.rounds} rounds; click to open`,
                onclick: (event) => {
                  event.stopPropagation();
                  closed.delete(fold);
                  settle();
                  go(fold.from);
                },
              },
              `⟳${fold.rounds}`,
            )
          : h("span.cgr-span", {
              style: {
                left: place(stationOf(fold.from)),
                width: `calc(${place(stationOf(fold.to))} - ${place(stationOf(fold.from))})`,
              },
              title: `loop at line ${fold.line}: ${fold.rounds} rounds`,
            }),
      ),
      run.stops.call.map((step, n) => mark("call", step, String(n + 1), `solver call ${n + 1}`)),
      run.stops.trouble.map((step) => mark("trouble", step, "!", "exception")),
      needle,
    );
  }
  function stationOf(step) {
    let low = 0,
      high = stations.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (stations[middle] <= step) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
  const stepOf = (station) => stations[Math.max(0, Math.min(stations.length - 1, station))] ?? 0;
  return {
    node,
    stationOf,
    stepOf,
    stations: () => stations.length,
    load(value) {
      run = value;
      closed = new Set(run.folds.filter(quiet));
      settle();
    },
    // A step inside a folded loop opens it, so that what is shown is on the strip.
    show(step) {
      const inside = [...closed].find((fold) => step > fold.from && step <= fold.to);
      if (inside) {
        closed.delete(inside);
        settle();
      }
      needle.style.left = place(stationOf(step));
    },
    toggleAll() {
      const at = model.get("position");
      closed = closed.size
        ? new Set()
        : new Set(run.folds.filter((fold) => !(at > fold.from && at <= fold.to)));
      settle();
    },
  };
}
