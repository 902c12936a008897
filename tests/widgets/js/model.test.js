// What passes between Python and a panel.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { CHANNELS, unpack, watch } from "../../../cgr_nb/widgets/static/dom.js";

test("a table that Python packed is read, also from the middle of a buffer", async () => {
  const packed = gzipSync(JSON.stringify({ item: [1, 2] }));
  const around = new Uint8Array(packed.length + 8);
  around.set(packed, 4);
  const view = new DataView(around.buffer, 4, packed.length);
  assert.deepEqual(await unpack(view), { item: [1, 2] });
});

test("what watches a model stops when it is told so", () => {
  const handlers = new Map();
  const model = {
    on: (name, handler) => handlers.set(name, handler),
    off: (name) => handlers.delete(name),
  };
  const stop = watch(model, { position: () => 1, run: () => 2 });
  assert.deepEqual([...handlers.keys()], ["change:position", "change:run"]);
  stop();
  assert.equal(handlers.size, 0);
});

test("each channel has a name and a meaning", () => {
  assert.deepEqual(
    CHANNELS.map(([id]) => id),
    ["direct", "assisted", "generator"],
  );
  for (const [, name, meaning] of CHANNELS) assert.ok(name && meaning);
});
