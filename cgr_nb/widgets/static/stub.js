// What stands for the kernel in a saved page: traits that hold still but for what the reader
// changes.
function unpacked(value) {
  if (value && typeof value === "object" && "$bytes" in value) {
    const bytes = Uint8Array.from(atob(value.$bytes), (c) => c.charCodeAt(0));
    return new DataView(bytes.buffer);
  }
  return value;
}
const state = { error: "" };
for (const [name, value] of Object.entries(
  JSON.parse(document.getElementById("state").textContent),
)) {
  state[name] = unpacked(value);
}
state.live = false;
const heard = {};
const model = {
  get: (name) => state[name],
  set(name, value) {
    if (state[name] === value) return;
    state[name] = value;
    for (const handler of [...(heard[`change:${name}`] || [])]) handler();
  },
  save_changes() {},
  on(event, handler) {
    (heard[event] = heard[event] || []).push(handler);
  },
  off(event, handler) {
    heard[event] = (heard[event] || []).filter((other) => other !== handler);
  },
  send() {},
};
panel.default.render({ model, el: document.getElementById("panel") });
document.documentElement.dataset.ready = "true";
