// Moving through the steps of a run.

export function goTo(model, position) {
  const size = model.get("run").steps.line.length;
  const at = Math.max(0, Math.min(size - 1, position));
  if (!size || at === model.get("position")) return;
  model.set("position", at);
  model.save_changes();
}

export function jump(model, kind, back) {
  const stops = model.get("run").stops[kind];
  const at = model.get("position");
  const next = back ? stops.filter((n) => n < at).pop() : stops.find((n) => n > at);
  if (next !== undefined) goTo(model, next);
}

// The next step, after this one and round again, whose line or changed variables hold the text.
export function find(model, text, back) {
  const { lines, steps } = model.get("run");
  const wanted = text.toLowerCase();
  const size = steps.line.length;
  const holds = (n) => {
    const source = (lines[steps.line[n] - 1] || []).map((piece) => piece[1]).join("");
    return `${source} ${Object.entries(steps.changed[n]).flat().join(" ")}`
      .toLowerCase()
      .includes(wanted);
  };
  const at = model.get("position");
  for (let k = 1; wanted && k <= size; k += 1) {
    const n = (at + (back ? size - k : k)) % size;
    if (holds(n)) {
      goTo(model, n);
      return true;
    }
  }
  return false;
}
