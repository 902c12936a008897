// CodeMirror as the panels use it: a bundle of its own, which a page loads when an editor is
// opened. Its colours are those of the programs that panels draw.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  drawSelection,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

import { UNSEEN_ALL, unseenMark } from "./unseen.js";

const kinds = tagHighlighter([
  { tag: tags.keyword, class: "cgr-k" },
  { tag: [tags.string, tags.special(tags.string)], class: "cgr-s" },
  { tag: [tags.number, tags.bool, tags.null], class: "cgr-n" },
  { tag: tags.comment, class: "cgr-c" },
]);

// Fields of a prompt template, {question} or {contract@1}; doubled braces are braces.
const FIELD = /\{\{|\}\}|\{[a-z_]+(?:@\d+)?\}/g;
const fieldMark = Decoration.mark({ class: "cgr-n" });
const finder = new MatchDecorator({
  regexp: FIELD,
  decoration: (match) => (match[0].length > 2 ? fieldMark : null),
});
const fields = ViewPlugin.define(
  (view) => ({
    marks: finder.createDeco(view),
    update(change) {
      this.marks = finder.updateDeco(change, this.marks);
    },
  }),
  { decorations: (plugin) => plugin.marks },
);

const LANGUAGES = {
  python: [
    pythonLanguage,
    syntaxHighlighting(kinds),
    lineNumbers(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    indentOnInput(),
    bracketMatching(),
    keymap.of([indentWithTab]),
  ],
  template: [fields, EditorView.lineWrapping],
};

// As narrow as CodeMirror's own rule, which it stands against.
const SELECTED = [
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground",
  ".cm-selectionBackground",
].join(", ");
const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--bg)" },
  "&.cm-editor.cm-focused": { outline: "none" }, // the box around it has the ring
  ".cm-scroller": { font: "12.5px/1.5 var(--mono)", maxHeight: "60vh" },
  ".cm-content, .cm-gutter": { minHeight: "var(--cgr-least)" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": {
    color: "var(--faint)",
    backgroundColor: "var(--sunk)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--sunk)" },
  [SELECTED]: { background: "color-mix(in srgb, var(--brand) 30%, var(--bg))" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--good) 25%, var(--bg))",
  },
  "&.cm-focused .cm-nonmatchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--bad) 25%, var(--bg))",
  },
});

// Puts an editor into `parent`.
export default function mount(
  parent,
  { text, label, language, selection, minHeight, onChange, onSubmit },
) {
  const submit = () => {
    onSubmit();
    return true;
  };
  const extensions = [
    keymap.of([{ key: "Mod-Enter", run: submit }]),
    LANGUAGES[language],
    history(),
    drawSelection(),
    highlightActiveLine(),
    highlightSpecialChars({ specialChars: UNSEEN_ALL, render: (code) => unseenMark(code) }),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    look,
    EditorView.contentAttributes.of({
      "aria-label": label,
      autocorrect: "off",
      autocapitalize: "off",
    }),
    EditorView.updateListener.of((update) => update.docChanged && onChange()),
  ];
  const state = (doc, selection) => EditorState.create({ doc, selection, extensions });
  const view = new EditorView({ parent, state: state(text, selection) });
  view.dom.style.setProperty("--cgr-least", minHeight);
  return {
    focus: () => view.focus(),
    focused: () => view.hasFocus,
    text: () => view.state.doc.toString(),
    // Another text has no history: undoing must not bring back what was written for the one before.
    put: (now) => view.setState(state(now)),
    close: () => view.destroy(),
  };
}
