const data = JSON.parse(document.getElementById("figures").textContent);
const form = document.getElementById("choice");
const narrow = matchMedia("(max-width: 44rem)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const options = {
  ast: true, // without eval, which the page's policy forbids
  mode: "vega-lite",
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
  actions: { export: true, source: false, compiled: false, editor: false },
};
const views = new Map();
const places = {
  headline: place(".headline"), tiles: place(".tiles"), changes: place("#changes"),
  examples: place("#examples > details"),
};
const all = { group: null, from: 0, until: (data.cells?.whens.length ?? 0) - 1 };
let choice = all;
let summary = data.cells && summarize(data, all);
let turn = 0;
let drawing = Promise.resolve();

function inColours(spec) {
  const style = getComputedStyle(document.documentElement);
  return JSON.parse(JSON.stringify(spec).replace(/var\((--[a-z-]+)\)/g,
    (use, name) => style.getPropertyValue(name).trim() || use));
}

// A figure's specification for a size with the rows of the choice; null where it has none.
function filled(figure, size) {
  const { datasets, ...spec } = figure[size];
  if (!data.cells) return { ...spec, datasets: { table: figure.table, ...datasets } };
  const letter = spec.params.find(({ name }) => name === "letter")?.value;
  const { rows, ends, ...values } = CONTENTS[figure.name](summary, data, { ...figure, letter });
  const params = spec.params.map((param) => ({ ...param, value: values[param.name] ?? param.value }));
  return rows.length ? { ...spec, params, datasets: { table: rows, ends: ends ?? [] } } : null;
}

function withEmotion(spec, emotion) {
  const params = spec.params.map((param) => ({
    ...param, value: param.name === "emotion" && emotion ? emotion : param.value,
  }));
  return { ...spec, params };
}

async function draw(figure) {
  const room = document.getElementById(figure.name);
  const chart = room.parentElement;
  const spec = filled(figure, narrow.matches ? "narrow" : "wide");
  chart.classList.toggle("is-empty", !spec);
  if (!spec) return;
  const before = views.get(figure.name);
  const chosen = before?.getState({ signals: (signal) => signal === "emotion" }).signals.emotion;
  before?.finalize();
  const { view } = await vegaEmbed(room, withEmotion(inColours(spec), chosen),
    { ...options, downloadFileName: figure.name });
  room.querySelector("select")?.setAttribute("aria-label", "Emotion shown");
  chart.classList.add("is-live");
  views.set(figure.name, view);
}

// What is printed of a choice: the wide chart in colours that the style sheet gives.
async function drawForPrint(figure) {
  const chart = document.getElementById(figure.name).parentElement;
  chart.querySelector(".chosen")?.remove();
  const spec = isWhole(data, choice) ? null : filled(figure, "wide");
  if (!spec) return;
  const aside = document.createElement("div");
  const emotion = views.get(figure.name).getState().signals.emotion;
  const { view } = await vegaEmbed(aside, withEmotion(spec, emotion), { ...options, actions: false });
  const svg = aside.querySelector("svg");
  view.finalize();
  chart.append(element("div", { class: "still chosen", "aria-hidden": "true" }, svg));
}

// One after the other, and no further once another choice is made.
function drawAll() {
  const mine = ++turn;
  document.body.removeAttribute("data-drawn");
  drawing = drawing.then(async () => {
    for (const step of [draw, drawForPrint]) {
      for (const figure of data.figures) {
        if (mine !== turn) return;
        await step(figure);
      }
    }
    document.body.dataset.drawn = "yes";
  });
}

function show() {
  const isAll = isWhole(data, choice);
  summary = summarize(data, choice);
  document.body.toggleAttribute("data-chosen", !isAll);
  places.headline(isAll ? null : [headlineOf(summary, data)]);
  places.tiles(isAll ? null : tilesOf(summary, data));
  places.changes(isAll ? null : changesOf(summary));
  places.examples(isAll ? null : examplesOf(data, choice, summary));
  const nAll = summarize(data, all).texts;
  form.querySelector("output").replaceChildren(
    ...(isAll ? [`All ${textsIn(nAll)}.`] : inWords(data, choice, summary, nAll)));
  form.querySelector("button").disabled = isAll;
  drawAll();
}

// Fills the lists and listens to them; an end before its beginning moves the other one along.
function listen() {
  const { group, from, until } = form.elements;
  const fill = (list, names) => list?.append(...names.map((name, i) => new Option(name, i)));
  fill(group, data.cells.groups);
  fill(from, data.cells.whens);
  fill(until, data.cells.untils);
  const reset = () => {
    form.reset();
    if (until) until.value = all.until;
  };
  reset();
  form.addEventListener("change", ({ target }) => {
    if (from && Number(from.value) > Number(until.value)) {
      (target === from ? until : from).value = target.value;
    }
    choice = {
      group: group?.value ? Number(group.value) : null,
      from: Number(from?.value ?? all.from),
      until: Number(until?.value ?? all.until),
    };
    show();
  });
  form.addEventListener("submit", (sent) => sent.preventDefault());
  form.querySelector("button").addEventListener("click", () => {
    reset();
    choice = all;
    show();
    (group ?? from).focus();
  });
  form.hidden = false;
}

// On a phone the list is as long as the screen.
function foldContents() {
  document.querySelector("nav details").open = !narrow.matches;
}

foldContents();
narrow.addEventListener("change", foldContents);
narrow.addEventListener("change", drawAll);
dark.addEventListener("change", drawAll);
if (form) {
  listen();
  show();
} else drawAll();
