// SVG by hand: elements, the marks of channels and arms, and drawing at the width there is.
import { add } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
export function s(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  return add(node, children);
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
export const signed = (points) =>
  `${points > 0 ? "+" : points < 0 ? "−" : ""}${Math.abs(points).toFixed(1)}`;

// One shape a channel, as everywhere: circle, square, triangle. Other arms have a shape of their
// own and the neutral colour.
const OTHERS = [
  "diamond",
  "cross",
  "plus",
  "down",
  "bar",
  "ring",
  "hexagon",
  "spark",
  "hourglass",
  "bowtie",
];
export function mark(channel, x, y, size) {
  const colour = {
    direct: "direct",
    assisted: "assisted",
    cgr: "assisted",
    generator: "generator-side",
    generator_only: "generator-side",
  }[channel];
  const fill = colour ? `var(--cgr-${colour})` : "var(--neutral)";
  const path = (d) => s("path", { d, fill });
  if (colour === "direct") return s("circle", { cx: x, cy: y, r: size, fill });
  if (colour === "assisted")
    return s("rect", { x: x - size, y: y - size, width: 2 * size, height: 2 * size, fill });
  if (colour) return path(`M${x} ${y - size}L${x + size} ${y + size}L${x - size} ${y + size}Z`);
  const third = size / 3;
  return {
    diamond: () =>
      path(
        `M${x} ${y - size * 1.3}L${x + size * 1.3} ${y}` +
          `L${x} ${y + size * 1.3}L${x - size * 1.3} ${y}Z`,
      ),
    cross: () =>
      s("path", {
        d:
          `M${x - size} ${y - size}L${x + size} ${y + size}` +
          `M${x - size} ${y + size}L${x + size} ${y - size}`,
        stroke: fill,
        "stroke-width": 2.5,
      }),
    plus: () =>
      path(
        `M${x - third} ${y - size}h${2 * third}v${2 * third}h${2 * third}v${2 * third}` +
          `h${-2 * third}v${2 * third}h${-2 * third}v${-2 * third}` +
          `h${-2 * third}v${-2 * third}h${2 * third}Z`,
      ),
    down: () => path(`M${x} ${y + size}L${x + size} ${y - size}L${x - size} ${y - size}Z`),
    bar: () =>
      s("rect", {
        x: x - size * 1.3,
        y: y - third * 1.2,
        width: 2.6 * size,
        height: 2.4 * third,
        fill,
      }),
    hexagon: () =>
      path(
        `M${x + size} ${y}L${x + size / 2} ${y + size * 0.87}` +
          `L${x - size / 2} ${y + size * 0.87}L${x - size} ${y}` +
          `L${x - size / 2} ${y - size * 0.87}L${x + size / 2} ${y - size * 0.87}Z`,
      ),
    spark: () =>
      path(
        `M${x} ${y - size * 1.3}L${x + third} ${y - third}L${x + size * 1.3} ${y}` +
          `L${x + third} ${y + third}L${x} ${y + size * 1.3}L${x - third} ${y + third}` +
          `L${x - size * 1.3} ${y}L${x - third} ${y - third}Z`,
      ),
    hourglass: () =>
      path(
        `M${x - size} ${y - size}h${2 * size}L${x} ${y}L${x + size} ${y + size}` +
          `h${-2 * size}L${x} ${y}Z`,
      ),
    bowtie: () =>
      path(
        `M${x - size} ${y - size}L${x} ${y}L${x + size} ${y - size}v${2 * size}` +
          `L${x} ${y}L${x - size} ${y + size}Z`,
      ),
    ring: () =>
      s("circle", {
        cx: x,
        cy: y,
        r: size - 1,
        fill: "var(--bg)",
        stroke: fill,
        "stroke-width": 2.5,
      }),
  }[shapeOf(channel)]();
}
function shapeOf(arm) {
  const known = [
    "cot",
    "self_consistency",
    "foreign_scaffold",
    "stub_solver",
    "pal",
    "readout",
    "scored_direct",
    "scored_ensemble",
    "consensus",
    "code_t",
  ].indexOf(arm);
  return OTHERS[known < 0 ? arm.length % OTHERS.length : known];
}

// Draw again at the width there is.
export function sized(box, draw) {
  let last = 0;
  const watcher = new ResizeObserver(() => {
    const width = Math.floor(box.clientWidth) - 24; // its padding
    if (width > 0 && width !== last) {
      last = width;
      draw(width);
    }
  });
  watcher.observe(box);
  return { again: () => last && draw(last), stop: () => watcher.disconnect() };
}

// A number for the axis that a person would choose: 1, 2 or 5 times a power of ten.
export function stride(most, parts) {
  const raw = most / parts,
    power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((step) => step * power >= raw);
}
