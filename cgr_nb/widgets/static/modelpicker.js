// The models and arms that are asked, and what is loaded now.
import { ask, count, fill, h, kernelButton, live, plain, term } from "./dom.js";

export function modelPicker(model, change, promptBox) {
  const box = h("div.cgr-scroll.cgr-pad-box");
  const ticks = (names, trait, about) =>
    h(
      "div.cgr-models",
      null,
      names.map((name) =>
        h(
          "label",
          { title: about(name) },
          h("input", {
            type: "checkbox",
            checked: model.get(trait).includes(name),
            disabled: !live(model),
            onchange: (event) =>
              change(
                trait,
                event.target.checked
                  ? [...model.get(trait), name]
                  : model.get(trait).filter((other) => other !== name),
              ),
          }),
          trait === "arms" ? term(name, name.replaceAll("_", " ")) : plain(name),
          trait === "arms" ? "" : h("span.cgr-faint", null, ` ${about(name)}`),
        ),
      ),
    );
  function drawModels() {
    const cards = model.get("models");
    const group = (role, trait) => [
      h("div.cgr-title", null, trait),
      ticks(
        cards.filter((card) => card.roles.includes(role)).map((card) => card.name),
        trait,
        (name) => cards.find((card) => card.name === name).about,
      ),
    ];
    const choices = model.get("arm_choices");
    fill(
      box,
      group("solver", "solvers"),
      group("generator", "generators"),
      h("div.cgr-title", null, term("arm", "arms")),
      h("div.cgr-faint", null, term("direct", "direct"), ", ", term("cgr", "cgr"), " always; and"),
      ticks(
        choices.map((arm) => arm.name),
        "arms",
        (name) => choices.find((arm) => arm.name === name).summary,
      ),
      promptBox,
      loaded,
    );
  }
  const loaded = h("div.cgr-loaded.cgr-faint");
  function drawLoaded() {
    const now = model.get("memory"),
      names = now.names || [];
    loaded.hidden = !live(model) || !names.length;
    fill(
      loaded,
      "loaded: ",
      names.map((name, at) => [at ? ", " : "", plain(name)]),
      ` · ${count(now.used || 0)} of ${count(now.budget || 0)} MiB `,
      kernelButton(
        model,
        "button.cgr-small",
        {
          title: "unload models that are not in use; the next run or trial reloads them",
          onclick: () => ask(model, "free_models"),
        },
        "free",
      ),
    );
  }
  return { box, draw: drawModels, drawLoaded };
}
