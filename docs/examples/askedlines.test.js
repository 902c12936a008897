// Lines that asked the solver.
import assert from "node:assert/strict";
import { test } from "node:test";

import { askedLines } from "../../../cgr_nb/widgets/static/askedlines.js";

test("lines that asked most stand first, and calls without a line do not count", () => {
  const asks = [{ line: 9 }, { line: 12 }, { line: 12 }, { line: null }];
  assert.deepEqual(askedLines(asks), [
    [12, 2],
    [9, 1],
  ]);
});
