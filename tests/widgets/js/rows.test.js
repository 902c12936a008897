// Rows behind what is picked.
import assert from "node:assert/strict";
import { test } from "node:test";

import { matching, tally } from "../../../cgr_nb/widgets/static/rowlist.js";

const ROWS = {
  item: [0, 1, 2, 3],
  pair: [0, 0, 1, 1],
  flip: [0, 1, 1, -1],
  direct_status: [0, 0, 0, 0],
  assisted_status: [0, 1, 0, 1],
};
const FACETS = {
  pair: ["one", "two"],
  flip: ["gain", "loss"],
  direct_status: ["answered"],
  assisted_status: ["ok", "timeout"],
};

test("with nothing picked every row matches", () => {
  assert.deepEqual(matching(ROWS, {}), [0, 1, 2, 3]);
});

test("values of one facet add up and facets narrow each other", () => {
  assert.deepEqual(matching(ROWS, { pair: [0, 1] }), [0, 1, 2, 3]);
  assert.deepEqual(matching(ROWS, { pair: [1], flip: [1] }), [2]);
  assert.deepEqual(matching(ROWS, { pair: [1], flip: [0] }), []);
});

test("a facet is counted as if it had picked nothing itself", () => {
  const counts = tally(ROWS, { pair: [1], flip: [1] }, FACETS);
  assert.deepEqual(counts.pair, [1, 1]);
  assert.deepEqual(counts.flip, [0, 1]);
});

test("a row without a value is counted in no value of that facet", () => {
  assert.deepEqual(tally(ROWS, {}, FACETS).flip, [1, 2]);
  assert.deepEqual(tally(ROWS, {}, FACETS).assisted_status, [2, 2]);
});
