// Numbers as they are shown.
import assert from "node:assert/strict";
import { test } from "node:test";

import { count } from "../../../cgr_nb/widgets/static/dom.js";
import { armName } from "../../../cgr_nb/widgets/static/cost.js";
import { share, short } from "../../../cgr_nb/widgets/static/evidence.js";
import { inWords } from "../../../cgr_nb/widgets/static/pairs.js";
import { percent, signed, stride } from "../../../cgr_nb/widgets/static/svg.js";

test("shares are percentages with one decimal", () => {
  assert.equal(percent(0.1234), "12.3 %");
  assert.equal(percent(1), "100.0 %");
});

test("differences have a sign, and zero has none", () => {
  assert.deepEqual([3, -3, 0].map(signed), ["+3.0", "−3.0", "0.0"]);
});

test("thousands are set apart", () => {
  assert.equal(count(20000), "20,000");
});

test("axes go by one, two or five times a power of ten, in as many parts at most", () => {
  for (const most of [0.7, 3, 8, 40, 99, 1234, 987654])
    for (const parts of [2, 4, 6]) {
      const step = stride(most, parts);
      assert.ok(step * parts >= most * (1 - 1e-9), `${most} in ${parts}`);
      const lead = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
      assert.ok(
        [1, 2, 5, 10].some((one) => Math.abs(one - lead) < 1e-9),
        `${step}`,
      );
    }
});

test("an estimate stands with its interval, and without one there is a dash", () => {
  assert.equal(share({ value: 0.5, low: 0.25, high: 0.75 }), "0.50 [0.25, 0.75]");
  assert.equal(share(null), "–");
});

test("a pair in words tells chance only where it is known", () => {
  const pair = {
    label: "sums × small",
    A_b: 0.25,
    A_a: 0.5,
    A_g: 1,
    difference_pp: 25,
    chance: null,
    n: 8,
    gains: 3,
    losses: 1,
    p_holm: 0.625,
  };
  assert.ok(!inWords(pair).includes("chance"));
  assert.match(inWords({ ...pair, chance: 0 }), /chance 0\.0 %/);
  assert.match(inWords(pair), /^sums × small: direct 25\.0 %.*\+25\.0 pp.*Holm p 0\.63$/);
});

test("arms have a name without underlines, and ids are shortened", () => {
  assert.equal(armName("self_consistency"), "self consistency");
  assert.equal(armName("cgr"), "assisted (cgr)");
  assert.equal(short("0123456789"), "0123");
});
