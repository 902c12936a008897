// A text that is edited: a plain field at first, and CodeMirror in its place once it is opened and
// the kernel has sent it. Where that can't be loaded the field stays, and does the same.
import { h, live } from "./dom.js";

const loading = new WeakMap(); // model -> promise of the module

function load(model) {
  if (!loading.has(model))
    loading.set(
      model,
      new Promise((loaded, failed) => {
        const heard = (message) => {
          if (typeof message?.editor !== "string") return;
          model.off("msg:custom", heard);
          const kind = { type: "text/javascript" };
          const address = URL.createObjectURL(new Blob([message.editor], kind));
          import(address)
            .finally(() => URL.revokeObjectURL(address))
            .then((module) => loaded(module.default), failed);
        };
        model.on("msg:custom", heard);
        model.send({ do: "editor" });
      }),
    );
  return loading.get(model);
}

export function codeEditor(
  model,
  { label, language, rows, text = "", onInput = () => {}, onSubmit },
) {
  let rich = null;
  let asked = false;
  const field = h("textarea.cgr-mono", {
    rows,
    spellcheck: "false",
    "aria-label": label,
    value: text,
    readonly: !live(model),
    oninput: () => onInput(),
    onkeydown: (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onSubmit();
    },
  });
  const box = h("div.cgr-editor", null, field);

  function swap(mount) {
    const writes = document.activeElement === field;
    rich = mount(box, {
      text: field.value,
      label,
      language,
      selection: { anchor: field.selectionStart, head: field.selectionEnd },
      minHeight: `${field.offsetHeight}px`,
      onChange: onInput,
      onSubmit,
    });
    field.remove();
    if (writes) rich.focus();
  }

  return {
    box,
    text: () => (rich ? rich.text() : field.value),
    focused: () => (rich ? rich.focused() : document.activeElement === field),
    // Put a text in; one that is there already keeps its cursor.
    put(now) {
      if (rich) {
        if (rich.text() !== now) rich.put(now);
      } else if (field.value !== now) field.value = now;
    },
    // To be called when it comes into sight.
    open() {
      if (asked || !live(model)) return;
      asked = true;
      load(model).then(swap, (error) =>
        console.warn(`editor not loaded, using a plain text field: ${error}`),
      );
    },
    close: () => rich?.close(),
  };
}
