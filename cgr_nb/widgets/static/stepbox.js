// The stepper inside another panel: its state stands still but for what is stepped.
import { h, fill, ask, live } from "./dom.js";
import { renderStepper } from "./stepper.js";

export function stepBox(model, box, owner) {
  let stop = null,
    opening = true;
  return () => {
    if (stop) {
      stop();
      stop = null;
    }
    const state = { ...model.get("step_state"), live: false, error: "" };
    box.hidden = !state.run;
    fill(box);
    if (!state.run) {
      opening = false;
      return;
    }
    const heard = {};
    const inner = {
      get: (name) => state[name],
      set(name, value) {
        if (state[name] !== value) {
          state[name] = value;
          for (const handler of [...(heard[`change:${name}`] || [])]) handler();
        }
      },
      save_changes() {},
      send() {},
      on(event, handler) {
        (heard[event] = heard[event] || []).push(handler);
      },
      off(event, handler) {
        heard[event] = (heard[event] || []).filter((other) => other !== handler);
      },
    };
    box.append(
      h(
        "div.cgr-head",
        null,
        h("b", null, "step view"),
        live(model) &&
          h(
            "span.cgr-faint",
            null,
            `what-if and gold: show \`${owner}.stepper\` in a separate cell`,
          ),
        h("span.cgr-push"),
        h(
          "button",
          {
            title: "close the step view",
            onclick: () => {
              model.set("step_state", {});
              model.save_changes();
              ask(model, "close_step");
            },
          },
          "close",
        ),
      ),
    );
    stop = renderStepper({ model: inner, el: box });
    // One that was open from the start must not take the page away from its top.
    if (!opening) box.scrollIntoView({ block: "nearest" });
    opening = false;
  };
}
