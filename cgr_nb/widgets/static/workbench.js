// Picks items, models and arms, runs them, and shows the answers to the open item.
import { answersBox } from "./answers.js";
import { codeBox } from "./ascode.js";
import {
  answered,
  ask,
  count,
  fill,
  h,
  kernelButton,
  later,
  live,
  plain,
  root,
  term,
  watch,
  whyOff,
} from "./dom.js";
import { facet, longList, places } from "./itemlist.js";
import { runResult } from "./runresult.js";
import { sortHead } from "./sorthead.js";
import { onKeys } from "./keyboard.js";
import { modelPicker } from "./modelpicker.js";
import { programEditor } from "./programeditor.js";
import { promptEditor } from "./prompteditor.js";
import { repliesBox } from "./replies.js";
import { stepBox } from "./stepbox.js";

function render({ model, el }) {
  const { node, body, done } = root(
    model,
    el,
    "workbench",
    "Workbench: pick items, run them, compare answers",
  );
  const change = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const search = h("input", {
    type: "search",
    placeholder: "search (/)",
    "aria-label": "search items",
    value: model.get("query"),
    disabled: !answered(model),
    title: answered(model) ? "all words must occur" : whyOff(model),
    oninput: later(() => change("query", search.value), 90),
  });
  const sort = sortHead(model, change);
  const title = h("span");
  const list = longList(model, {
    onOpen: (place) => {
      if (answered(model)) list.open(place);
      ask(model, "open_item", { place });
    },
    onChoose: (place, on) => ask(model, "choose", { place, on }),
  });
  const setFilter = (name, codes) => change("filters", { ...model.get("filters"), [name]: codes });
  const facets = ["status", "dataset", "config"].map((name) => facet(model, name, setFilter));
  const all = kernelButton(
    model,
    "button",
    {
      reads: true,
      title: "clear the selection made in the results panel",
      onclick: () => ask(model, "show_items"),
    },
    "show all items",
  );
  const choiceButtons = [
    kernelButton(
      model,
      "button",
      { title: "select all items shown", onclick: () => ask(model, "choose_shown") },
      "select all shown",
    ),
    kernelButton(
      model,
      "button",
      { title: "clear the selection", onclick: () => ask(model, "clear_choice") },
      "clear",
    ),
  ];
  const prompts = promptEditor(model, change);
  const models = modelPicker(model, change, prompts.used);
  const result = runResult(model);
  const answers = answersBox(model);
  const program = programEditor(model, change);
  const bar = h("progress", { max: 1, value: 0, "aria-label": "progress of the run" });
  const words = h("span.cgr-faint", { role: "status" });
  const run = kernelButton(
    model,
    "button.cgr-main",
    {
      title: "run the selected items with the selected models, in the background",
      onclick: () => ask(model, "run"),
    },
    "run",
  );
  const stopButton = kernelButton(
    model,
    "button",
    { title: "stop now; finished rows are kept", onclick: () => ask(model, "stop") },
    "stop",
  );
  const code = codeBox(model, change);
  const stepper = h("div.cgr-step-box");
  const replies = repliesBox(model, node);
  const drawStepper = stepBox(model, stepper, "workbench");

  function drawTitle() {
    all.hidden = !model.get("narrowed");
    run.disabled =
      !live(model) || !model.get("chosen").length || Boolean(model.get("progress").running);
    // The frame of the panel stands before the items are read.
    if (!model.get("total")) {
      fill(title, h("span.cgr-faint", { role: "status" }, "Reading the study …"));
      return;
    }
    const shown = places(model).length,
      out = model.get("left_out") || 0;
    fill(
      title,
      h("b", null, count(shown)),
      ` of ${count(model.get("total"))} items`,
      h(
        "span.cgr-running",
        null,
        " · ",
        h("b", null, count(model.get("chosen").length)),
        " ",
        term("pick", "selected"),
      ),
      out
        ? h("span.cgr-faint", null, ` · ${count(out)} more, not included in this saved page`)
        : "",
    );
  }
  function drawProgress() {
    const now = model.get("progress");
    bar.hidden = !now.total;
    bar.max = now.total || 1;
    bar.value = now.done || 0;
    stopButton.disabled = !live(model) || !(now.running || model.get("trial").running);
    const left = now.left
      ? ` · ${now.left < 90 ? `${Math.ceil(now.left)} s` : `${Math.ceil(now.left / 60)} min`} left`
      : "";
    fill(
      words,
      now.total ? `${count(now.done)} of ${count(now.total)} rows` : "",
      left,
      now.words ? ` ${now.total ? "· " : ""}${now.words}` : "",
    );
    drawTitle();
  }
  const writing = h("div.cgr-writing", { "aria-live": "off" });
  function drawWriting() {
    const lines = model.get("writing");
    writing.hidden = !lines.length;
    fill(
      writing,
      lines.map((line) =>
        h(
          "div",
          null,
          h("span.cgr-faint", null, `${line.model} `),
          h("span.cgr-faint.cgr-asked", null, plain(line.asked.replaceAll("\n", " "))),
          " → ",
          h("b", null, plain(line.said)),
        ),
      ),
    );
  }
  function drawAnswers() {
    list.open(model.get("item").place);
    answers.draw();
  }
  const drawView = () => {
    list.load();
    facets.forEach((one) => one.draw());
    drawTitle();
  };

  body.append(
    h(
      "div.cgr-head",
      null,
      title,
      h("span.cgr-push"),
      h(
        "span.cgr-running",
        null,
        choiceButtons,
        run,
        stopButton,
        bar,
        words,
        kernelButton(
          model,
          "button",
          {
            title: "this run as Python, shell and study.toml; writes its folder",
            onclick: () => ask(model, "write_code"),
          },
          "as code",
        ),
      ),
    ),
    live(model)
      ? ""
      : h(
          "p.cgr-saved-note",
          null,
          answered(model)
            ? whyOff(model)
            : "A saved page: open the panel in a notebook to search, open items and run.",
        ),
    writing,
    result.box,
    h(
      "div.cgr-three",
      null,
      h(
        "div.cgr-box.cgr-left",
        null,
        h("div.cgr-tools", null, search, all),
        h(
          "div.cgr-browse",
          null,
          h(
            "div.cgr-scroll.cgr-facets",
            null,
            facets.map((one) => one.box),
          ),
          h("div.cgr-box", null, sort.box, list.box),
        ),
      ),
      h("div.cgr-box.cgr-ask", null, models.box),
      h("div.cgr-box", null, answers.box),
    ),
    prompts.box,
    program.box,
    code.box,
    replies.box,
    stepper,
  );
  sort.draw();
  result.draw();
  models.draw();
  models.drawLoaded();
  prompts.draw();
  drawAnswers();
  program.draw();
  drawWriting();
  drawProgress();
  code.draw();
  drawView();
  list.choice();
  list.unpack();
  drawStepper();
  const stop = watch(model, {
    view: drawView,
    counts: drawView,
    columns: () => list.unpack(),
    filters: () => facets.forEach((one) => one.draw()),
    narrowed: drawTitle,
    chosen: () => {
      list.choice();
      drawTitle();
    },
    item: drawAnswers,
    answers: drawAnswers,
    gold: drawAnswers,
    models: models.draw,
    memory: models.drawLoaded,
    solvers: models.draw,
    generators: models.draw,
    progress: drawProgress,
    arms: models.draw,
    arm_choices: models.draw,
    prompt_name: prompts.draw,
    prompts_used: prompts.draw,
    profile: prompts.draw,
    program: program.draw,
    writing: drawWriting,
    prompt: prompts.draw,
    preview: prompts.draw,
    trial: () => {
      prompts.draw();
      program.draw();
      drawProgress();
    },
    code: () => {
      code.draw();
      code.box.scrollIntoView({ block: "nearest" });
    },
    step_state: drawStepper,
    reply: replies.drawReply,
    found: replies.drawFound,
    query: () => {
      if (document.activeElement !== search) search.value = model.get("query");
    },
    sort: sort.draw,
    backwards: sort.draw,
    result: result.draw,
    preview_error: prompts.draw,
  });
  onKeys(node, { "/": () => search.focus() });
  return () => {
    list.stop();
    prompts.stop();
    program.stop();
    stop();
    done();
  };
}

export default { render };
