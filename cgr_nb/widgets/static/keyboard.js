// Enter in a field does its work by hand: a form inside a notebook's node does not submit.
export function onEnter(field, work) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    work();
  });
}

// Keys of a panel; keys typed into fields stay there.
export function onKeys(node, table) {
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const field = event.target.closest(
      "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable=true]",
    );
    if (field) {
      if (event.key === "Escape") {
        field.blur();
        node.focus();
      }
      return;
    }
    const work = table[event.key];
    if (!work) return;
    if ((event.key === " " || event.key === "Enter") && event.target.closest("button, summary, a"))
      return;
    event.preventDefault();
    event.stopPropagation();
    work(event);
  });
}
