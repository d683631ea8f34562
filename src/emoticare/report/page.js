const { figures } = JSON.parse(document.getElementById("figures").textContent);
const options = {
  ast: true, // without eval, which the page's policy forbids
  mode: "vega-lite",
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
  actions: { export: true, source: false, compiled: false, editor: false },
};
const drawn = figures.map(({ name, spec }) => vegaEmbed(
  document.getElementById(name), spec, { ...options, downloadFileName: name },
).then(({ view }) => {
  const select = document.getElementById(name).querySelector("select");
  if (select) select.setAttribute("aria-label", "Emotion shown");
  return view;
}));
Promise.all(drawn).then(() => { document.body.dataset.drawn = "yes"; });
