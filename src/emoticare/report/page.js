const { figures } = JSON.parse(document.getElementById("figures").textContent);
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

function inColours(spec) {
  const style = getComputedStyle(document.documentElement);
  return JSON.parse(JSON.stringify(spec).replace(/var\((--[a-z-]+)\)/g,
    (use, name) => style.getPropertyValue(name).trim() || use));
}

async function draw({ name, datasets, ...sizes }) {
  const room = document.getElementById(name);
  const spec = inColours({ ...sizes[narrow.matches ? "narrow" : "wide"] });
  const chosen = views.get(name)?.getState({ signals: (signal) => signal === "emotion" }).signals;
  spec.params = spec.params?.map((param) => ({ ...param, value: chosen?.emotion ?? param.value }));
  views.get(name)?.finalize();
  const { view } = await vegaEmbed(room, { ...spec, datasets }, { ...options, downloadFileName: name });
  room.querySelector("select")?.setAttribute("aria-label", "Emotion shown");
  room.parentElement.classList.add("is-live");
  views.set(name, view);
}

async function drawAll() {
  document.body.removeAttribute("data-drawn");
  await Promise.all(figures.map(draw));
  document.body.dataset.drawn = "yes";
}

narrow.addEventListener("change", drawAll);
dark.addEventListener("change", drawAll);
drawAll();
