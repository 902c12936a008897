// Two runs side by side: which slices are shown, and a side's own view of the panel.
import assert from "node:assert/strict";
import { test } from "node:test";

import { sideModel } from "../../../cgr_nb/widgets/static/pairlist.js";
import { shownSlices } from "../../../cgr_nb/widgets/static/slicetable.js";

const SLICES = [
  { kind: "dataset", name: "sums", items: 9, change: -3, p: 0.5 },
  { kind: "position", name: "1st", items: 4, change: 12, p: 0.2 },
  { kind: "position", name: "2nd", items: 20, change: -20, p: 0.9 },
];
const ALL = { kind: "", search: "", fewest: 0, order: "as listed" };
const names = (state) => shownSlices(SLICES, { ...ALL, ...state }).map(({ name }) => name);

test("kind, name and size of a slice narrow each other", () => {
  assert.deepEqual(names({}), ["sums", "1st", "2nd"]);
  assert.deepEqual(names({ kind: "position", fewest: 5 }), ["2nd"]);
  assert.deepEqual(names({ search: " CORRECT option 1" }), ["1st"]);
  assert.deepEqual(names({ search: "correct option" }), ["1st", "2nd"]);
});

test("slices are sorted by what differs most, by p and by size", () => {
  assert.deepEqual(names({ order: "difference" }), ["2nd", "1st", "sums"]);
  assert.deepEqual(names({ order: "p" }), ["1st", "sums", "2nd"]);
  assert.deepEqual(names({ order: "items" }), ["2nd", "sums", "1st"]);
});

test("a side reads and writes its own reply and says which side it is", () => {
  const state = { reply: "of a", reply_b: "of b", size: 3 };
  const sent = [];
  const model = {
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    save_changes: () => {},
    send: (message) => sent.push(message),
  };
  const b = sideModel(model, "b");
  assert.equal(b.get("reply"), "of b");
  assert.equal(b.get("size"), 3);
  b.set("reply", "changed");
  assert.deepEqual([state.reply, state.reply_b], ["of a", "changed"]);
  b.send({ do: "show_reply", with: { row: 1 } });
  assert.deepEqual(sent, [{ do: "show_reply", with: { row: 1, side: "b" } }]);
});
