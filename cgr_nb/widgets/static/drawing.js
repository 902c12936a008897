// SVG that Python drew -> nodes of this page: marks, lines and texts, and nothing that could act.
const TAGS = "svg g path line rect circle text tspan title defs clipPath".split(" ");
const ATTRIBUTES = new Set([
  ..."d x y x1 x2 y1 y2 cx cy r dx dy id class width height viewBox transform".split(" "),
  ..."fill fill-opacity stroke stroke-width stroke-dasharray stroke-opacity".split(" "),
  ..."stroke-miterlimit opacity clip-path pointer-events aria-hidden xmlns version".split(" "),
  ..."font-family font-size font-weight font-style text-anchor dominant-baseline".split(" "),
]);

// Null where the text is no drawing.
export function adopted(text) {
  const found = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (found.nodeName !== "svg") return null;
  for (const node of [found, ...found.querySelectorAll("*")]) {
    if (!TAGS.includes(node.nodeName)) node.remove();
    for (const { name } of [...node.attributes])
      if (!ATTRIBUTES.has(name)) node.removeAttribute(name);
  }
  return document.importNode(found, true);
}
