// Moving through the steps of a run, on a stand-in of a widget's model.
import assert from "node:assert/strict";
import { test } from "node:test";

import { find, goTo, jump } from "../../../cgr_nb/widgets/static/steps.js";

// What the functions use of a model: get, set, save_changes.
function model(position) {
  const traits = {
    position,
    run: {
      lines: [[["name", "alpha"]], [["name", "beta"]], [["name", "gamma"]]],
      steps: { line: [1, 2, 3, 2], changed: [{}, { x: "seven" }, {}, { y: "eight" }] },
      stops: { call: [1, 3], trouble: [] },
    },
  };
  return {
    saved: 0,
    get: (name) => traits[name],
    set: (name, value) => (traits[name] = value),
    save_changes() {
      this.saved += 1;
    },
  };
}

const after = (position, move) => {
  const made = model(position);
  move(made);
  return made.get("position");
};

test("a position stays within the run", () => {
  assert.equal(
    after(0, (run) => goTo(run, 99)),
    3,
  );
  assert.equal(
    after(2, (run) => goTo(run, -5)),
    0,
  );
});

test("where nothing moves nothing is sent", () => {
  const run = model(3);
  goTo(run, 9);
  assert.equal(run.saved, 0);
});

test("a jump goes to the next stop of its kind, or stays", () => {
  assert.equal(
    after(0, (run) => jump(run, "call", false)),
    1,
  );
  assert.equal(
    after(3, (run) => jump(run, "call", true)),
    1,
  );
  assert.equal(
    after(3, (run) => jump(run, "call", false)),
    3,
  );
  assert.equal(
    after(1, (run) => jump(run, "trouble", false)),
    1,
  );
});

test("a search looks at lines and changed variables, whatever the case, and goes round", () => {
  assert.equal(
    after(0, (run) => find(run, "GAMMA", false)),
    2,
  );
  assert.equal(
    after(2, (run) => find(run, "seven", false)),
    1,
  );
  assert.equal(
    after(0, (run) => find(run, "beta", true)),
    3,
  );
});

test("a search for what is nowhere, or for nothing, moves nowhere", () => {
  const run = model(1);
  assert.equal(find(run, "delta", false), false);
  assert.equal(find(run, "", false), false);
  assert.equal(run.get("position"), 1);
});
