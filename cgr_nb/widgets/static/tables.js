// Tables of the panels: one line of column names above the lines of what is listed.
import { count, h, term } from "./dom.js";

export function tableOf(head, lines) {
  return h("table", null, h("thead", null, h("tr", null, head)), h("tbody", null, lines));
}

export function columnHead(name, kind = "th") {
  return h(kind, { scope: "col" }, name);
}

// Numbers under names that explain themselves: columns are [key, name, term]. The line that a
// headline speaks of (`told`) stands out.
export function numbersTable(lead, columns, facts, leadOf) {
  return tableOf(
    [columnHead(lead), columns.map(([, name, key]) => columnHead(term(key, name), "th.cgr-num"))],
    facts.map((fact) =>
      h(
        fact.told ? "tr.cgr-told" : "tr",
        null,
        h("th", { scope: "row" }, leadOf(fact)),
        columns.map(([key, name]) => h("td.cgr-num", { "data-label": name }, fact[key])),
      ),
    ),
  );
}

// A page of what was found, and a button for the next; `what` names it, "rows" or "pairs".
export function pagedTable(what, head, found, shown, line, showMore) {
  return h(
    "div.cgr-scroll.cgr-rows",
    { tabindex: "0", role: "group", "aria-label": what },
    tableOf(head, found.slice(0, shown).map(line)),
    found.length > shown
      ? h(
          "button.cgr-show-more",
          { onclick: () => showMore(shown + 200) },
          `show more (${count(found.length - shown)} left)`,
        )
      : null,
  );
}
