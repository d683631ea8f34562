// What was scored lately, asked again every few seconds.

import { get } from "./api.js";
import { countsChart } from "./charts.js";
import { byId, element } from "./dom.js";
import { shareChart } from "./shares.js";

const REFRESH_MS = 5000;
const MOST_BINS = 60;
const HOUR_S = 3600;

const sentiments = await labelsBySentiment();
const sentimentOf = {};
for (const [sentiment, labels] of Object.entries(sentiments)) {
  for (const label of labels) sentimentOf[label] = sentiment;
}
let asked = null;

byId("period").addEventListener("change", show);
addEventListener("resize", show);
await show();
setInterval(() => { if (!document.hidden) show(); }, REFRESH_MS);

async function labelsBySentiment() {
  try {
    return (await get("info")).sentiments;
  } catch (error) {
    tell(error);
    return {};
  }
}

async function show() {
  asked?.abort();
  asked = new AbortController();
  const hours = Number(byId("period").value);
  try {
    draw((await get(`v1/dashboard?hours=${hours}`, asked.signal)).hours, hours);
    tell(null);
  } catch (error) {
    if (error.name !== "AbortError") tell(error);
  }
}

function tell(error) {
  byId("alert").textContent = error ? error.message : "";
  byId("alert").hidden = !error;
}

function draw(found, hours) {
  const bins = binned(found, hours);
  const total = sum(found);
  const names = Object.keys(sentiments).filter((name) => name in total.counts);
  byId("tiles").replaceChildren(
    tile("Texts", total.texts.toLocaleString("en")),
    ...names.map((name) => tile(name, percent(total.counts[name], total.texts))),
  );
  const labels = Object.entries(total.counts).filter(([name]) => !names.includes(name));
  for (const label of labels) sentimentOf[label[0]] ??= "neutral";
  const course = byId("course");
  const counts = byId("counts");
  if (!total.texts) {
    course.replaceChildren(element("p", {}, "Nothing was scored in this period."));
    counts.replaceChildren();
  } else {
    course.replaceChildren(shareChart(bins, names, course.clientWidth));
    counts.replaceChildren(
      countsChart(Object.fromEntries(labels), total.texts, sentimentOf, counts.clientWidth),
    );
  }
  byId("updated").textContent = `Updated ${new Date().toLocaleTimeString()}`;
  document.body.dataset.texts = total.texts;
}

function binned(found, hours) {
  const hoursABin = Math.ceil(hours / MOST_BINS);
  const end = Math.floor(Date.now() / 1000 / HOUR_S) + 1;
  const nBins = Math.ceil(hours / hoursABin);
  const bins = Array.from({ length: nBins }, (_, i) => ({
    start: (end - (nBins - i) * hoursABin) * HOUR_S, hours: [],
  }));
  for (const hour of found) {
    const i = nBins - Math.ceil((end - hour.start / HOUR_S) / hoursABin);
    bins[i]?.hours.push(hour);
  }
  return bins.map((bin) => ({ start: bin.start, ...sum(bin.hours) }));
}

function sum(hours) {
  const counts = {};
  let texts = 0;
  for (const hour of hours) {
    texts += hour.texts;
    for (const [name, n] of Object.entries(hour.counts)) counts[name] = (counts[name] ?? 0) + n;
  }
  return { texts, counts };
}

function tile(name, value) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, value));
}

function percent(n, total) {
  return total ? `${((100 * n) / total).toFixed(0)} %` : "–";
}
