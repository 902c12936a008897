// What stands for the kernel in a page of its own: traits that hold still but for what the reader
// changes, or, where the viewer shows the page, what it answers.
function unpacked(value) {
  if (value && typeof value === "object" && "$bytes" in value) {
    const bytes = Uint8Array.from(atob(value.$bytes), (c) => c.charCodeAt(0));
    return new DataView(bytes.buffer);
  }
  return value;
}
const state = { error: "" };
const heard = {};
function load(traits) {
  for (const [name, value] of Object.entries(traits)) state[name] = unpacked(value);
  for (const name of Object.keys(traits))
    for (const handler of [...(heard[`change:${name}`] || [])]) handler();
}
load(JSON.parse(document.getElementById("state").textContent));
const { address, panel: shown, looks, stopped } = state.viewer || { looks: [] };
state.live = address ? "reads" : false;
let changed = {};
// One question after another, in the order in which they were asked.
let asked = Promise.resolve();
async function put(message) {
  let traits = { error: stopped };
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ panel: shown, ...message }),
    });
    traits = await answer.json();
  } catch {
    // Nobody listens there any more, which is said.
  }
  load(traits);
}
function send(message) {
  if (!address) return;
  const set = changed;
  changed = {};
  asked = asked.then(() => put({ ...message, set }));
}
const model = {
  get: (name) => state[name],
  set(name, value) {
    if (state[name] === value) return;
    if (looks.includes(name)) changed[name] = value;
    state[name] = value;
    for (const handler of [...(heard[`change:${name}`] || [])]) handler();
  },
  save_changes() {
    if (Object.keys(changed).length) send({});
  },
  on(event, handler) {
    (heard[event] = heard[event] || []).push(handler);
  },
  off(event, handler) {
    heard[event] = (heard[event] || []).filter((other) => other !== handler);
  },
  send,
};
panel.default.render({ model, el: document.getElementById("panel") });
document.documentElement.dataset.ready = "true";
