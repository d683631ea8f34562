// What was scored lately, beside what was before; asked again every few seconds. What is shown
// stands in the page's address.

import { NoCounts, ask, filled, total, useKey, widened } from "./counts.js";
import { byId, element } from "./dom.js";
import { changeWords, driftRows } from "./drift.js";
import { FEW, change, interval } from "./intervals.js";
import { share } from "./numbers.js";
import { counted, shareChart } from "./shares.js";
import { dayOf, span } from "./times.js";

const FEELINGS = ["positive", "ambiguous", "negative"];
const STEPS = { 24: 1, 168: 3, 720: 24, 8760: 168 };
const PERIODS = { 24: "24 hours", 168: "7 days", 720: "30 days", 8760: "year" };
const FEWEST_BINS = 7;
const REFRESH_MS = 5000;
// A year's counts take the server longer to add up, and change less.
const SLOW_REFRESH_MS = 30_000;

const controls = byId("controls");
const shown = { answer: null, info: null, bins: [], step: 1, drawn: null, at: null, emotion: null, asOf: null };
let asking = null;
let timer = null;

read(new URLSearchParams(location.search));
controls.addEventListener("change", (event) => {
  if (event.target.name === "hours") offerBefore(null);
  refresh();
});
controls.addEventListener("submit", (event) => event.preventDefault());
byId("order").addEventListener("change", draw);
byId("back").addEventListener("click", () => choose(null));
byId("clear").addEventListener("click", () => {
  controls.route.value = controls.key_name.value = "*";
  refresh();
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(byId("key").value);
  refresh();
});
new ResizeObserver(() => drawCourse()).observe(byId("course"));
watchPointer();
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
await refresh();

function read(address) {
  const hours = address.get("hours");
  if (hours in STEPS) controls.hours.value = hours;
  offerBefore(address.get("before"));
  offer("route", address.has("route") ? [address.get("route")] : []);
  offer("key_name", address.has("key_name") ? [address.get("key_name")] : []);
  for (const name of ["route", "key_name"]) {
    if (address.has(name)) controls[name].value = address.get(name);
  }
  shown.emotion = address.get("show");
  if (address.get("order") === "change") byId("order").querySelector("[value=change]").checked = true;
}

function offerBefore(chosen) {
  const hours = Number(controls.hours.value);
  const choices = [hours, 4 * hours, 8760].filter((n, i, all) => n <= 8760 && all.indexOf(n) === i);
  controls.before.replaceChildren(...choices.map((n) =>
    element("option", { value: n }, beside(n, hours))));
  if (choices.includes(Number(chosen))) controls.before.value = chosen;
}

function beside(before, hours) {
  if (before === hours) return `the ${PERIODS[hours]} before`;
  return before === 8760 ? "the year before" : `the ${before / 24} days before`;
}

function offer(name, found) {
  const select = controls[name];
  const chosen = select.value || "*";
  const values = [...new Set([...found, ...(chosen === "*" ? [] : [chosen])])].sort();
  // A list that somebody has open must not be replaced under them.
  const offered = JSON.stringify(values);
  if (select.dataset.offered === offered) return;
  select.dataset.offered = offered;
  select.replaceChildren(element("option", { value: "*" }, "all"),
    ...(name === "key_name" ? [element("option", { value: "" }, "without a name")] : []),
    ...values.filter(Boolean).map((value) => element("option", { value }, value)));
  select.value = chosen;
  select.parentElement.hidden = !values.length;
}

function question() {
  const asked = new URLSearchParams({ hours: controls.hours.value, before: controls.before.value });
  for (const name of ["route", "key_name"]) {
    if (controls[name].value !== "*") asked.set(name, controls[name].value);
  }
  return asked;
}

function keepAddress() {
  const address = question();
  if (shown.emotion) address.set("show", shown.emotion);
  if (isByChange()) address.set("order", "change");
  history.replaceState(null, "", `?${address}`);
}

function isByChange() {
  return byId("order").querySelector(":checked").value === "change";
}

async function refresh() {
  clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController();
  const hours = Number(controls.hours.value);
  const asked = question();
  keepAddress();
  asked.set("step", STEPS[hours]);
  try {
    shown.info ??= await ask("info", mine.signal);
    shown.answer = await ask(`v1/dashboard?${asked}`, mine.signal);
    shown.asOf = new Date();
    const bins = filled(shown.answer, hours, STEPS[hours]);
    Object.assign(shown, widened(bins, STEPS[hours], FEW, FEWEST_BINS));
    offer("route", shown.answer.routes);
    offer("key_name", shown.answer.key_names);
    draw();
    tell(null);
  } catch (error) {
    if (error.name === "AbortError") return;
    tell(error);
    if (!(error instanceof NoCounts)) throw error;
  }
  if (mine === asking) timer = setTimeout(again, hours > 168 ? SLOW_REFRESH_MS : REFRESH_MS);
}

function again() {
  // Who types a key is not to be disturbed; a page that nobody sees need not ask.
  if (document.hidden || !byId("key-form").hidden) return;
  refresh();
}

function tell(error) {
  const isKeyWanted = Boolean(error?.isKeyWanted);
  byId("key-form").hidden = !isKeyWanted;
  byId("figures").classList.toggle("stale", Boolean(error));
  const kept = error && shown.asOf && !isKeyWanted
    ? ` These are the figures of ${shown.asOf.toLocaleTimeString("en-GB")}; the page goes on asking.` : "";
  byId("alert").textContent = error ? `${error.message}${kept}` : "";
  byId("alert").hidden = !error?.message;
  byId("updated").textContent = error ? "" : `Updated ${shown.asOf.toLocaleTimeString("en-GB")}`;
}

function draw() {
  if (!shown.answer) return;
  keepAddress();
  const { before } = shown.answer;
  const now = total(shown.bins);
  byId("empty").hidden = now.texts > 0;
  byId("figures").hidden = !now.texts;
  if (now.texts) {
    drawTotals(now, before);
    drawCourse();
    drawDrift(now, before);
  } else {
    drawEmpty();
  }
  for (const node of document.querySelectorAll(".beside")) node.textContent = besideWords();
  document.body.dataset.texts = now.texts;
}

function besideWords() {
  return beside(Number(controls.before.value), Number(controls.hours.value));
}

function drawEmpty() {
  const hours = Number(controls.hours.value);
  const isFiltered = question().has("route") || question().has("key_name");
  const { since } = shown.answer;
  byId("empty-title").textContent = since === null
    ? "Nothing has been scored yet" : `No texts in the last ${PERIODS[hours]}`;
  byId("empty-reason").textContent = since === null
    ? "The first text shows here within seconds. Score one on the page, or so:"
    : `Texts have been counted since ${dayOf(since)}. ${isFiltered ? "They may be of another route or key." : "A longer period may show them."}`;
  byId("empty-example").hidden = since !== null;
  byId("empty-example").textContent = `curl ${new URL("v1/emotions", location)} \\\n  --json '{"text": "Thanks a lot!"}'`;
  byId("clear").hidden = !isFiltered;
}

function drawTotals(now, before) {
  byId("totals").replaceChildren(
    tile("Texts", now.texts.toLocaleString("en-GB"), textsChange(now, before)),
    ...FEELINGS.filter((name) => name in now.counts).map((name) => {
      const found = change(counted(now, name), counted(before, name));
      const was = found && share(before.counts[name], before.texts);
      const { sign, words, isClear } = changeWords(found);
      const told = isClear ? { sign, isClear, words: `${words} points, from ${was}` }
        : { sign: "", isClear, words: found ? `no clear change from ${was}` : tooFew(before) };
      return tile(name, share(now.counts[name], now.texts), told, name);
    }),
  );
}

function tooFew(before) {
  return before.texts < FEW ? "too few texts before to compare" : "too few texts to compare";
}

function textsChange(now, before) {
  const hours = Number(controls.hours.value);
  const { since } = shown.answer;
  const beganS = shown.answer.end - 3600 * (hours + before.hours);
  if (since > beganS + 3600) return { sign: "", words: `counted since ${dayOf(since)}`, isClear: false };
  if (!before.texts) return { sign: "", words: "none before", isClear: false };
  const usual = (before.texts * hours) / before.hours;
  const percent = Math.round((100 * (now.texts - usual)) / usual);
  const words = percent ? `${percent > 0 ? "+" : "−"}${Math.abs(percent)}%` : "no change";
  const from = Math.round(usual).toLocaleString("en-GB");
  return { sign: percent ? (percent > 0 ? "▲" : "▼") : "", words: `${words}, from ${from}`, isClear: false };
}

function tile(name, value, { sign, words, isClear }, kind = null) {
  return element("div", kind ? { class: kind } : {}, element("dt", {}, name), element("dd", { class: "now" }, value),
    element("dd", { class: isClear ? "clear" : "unclear" },
      element("span", { "aria-hidden": "true" }, sign), ` ${words}`));
}

function kinds() {
  const { labels, sentiments } = shown.info;
  const kindOf = Object.fromEntries(labels.map((label) => [label, "neutral"]));
  for (const [sentiment, members] of Object.entries(sentiments)) {
    for (const label of members) if (label in kindOf) kindOf[label] = sentiment;
  }
  return kindOf;
}

function series() {
  const { before } = shown.answer;
  const ofEmotions = kinds();
  if (!(shown.emotion in ofEmotions)) shown.emotion = null;
  const names = shown.emotion ? [shown.emotion] : FEELINGS.filter((name) => name in before.counts);
  return names.map((name) => ({
    name,
    kind: ofEmotions[name] ?? name,
    before: before.texts >= FEW ? before.counts[name] / before.texts : null,
  }));
}

function drawCourse() {
  if (!shown.answer || byId("figures").hidden) return;
  const course = byId("course");
  shown.drawn?.drawn.remove();
  shown.drawn = shareChart(shown.bins, shown.step, series(), course.clientWidth);
  course.prepend(shown.drawn.drawn);
  byId("course-title").textContent = shown.emotion ? `Texts with ${shown.emotion}` : "Feelings over time";
  byId("back").hidden = !shown.emotion;
  byId("scrub").max = shown.bins.length - 1;
  point(shown.bins.findIndex((bin) => bin.start === shown.at));
}

function point(i) {
  const bin = shown.bins[i] ?? null;
  shown.at = bin?.start ?? null;
  shown.drawn.point(bin ? i : null);
  const { step } = shown;
  const of = bin ?? total(shown.bins);
  const when = bin ? span(bin.start, step) : span(shown.bins[0].start, step * shown.bins.length);
  const texts = `${of.texts.toLocaleString("en-GB")} ${of.texts === 1 ? "text" : "texts"}`;
  const few = of.texts && of.texts < FEW ? ", too few to be sure" : "";
  const values = series().map((one) => ({ ...one, value: valueWords(of, one.name) }));
  byId("moment").replaceChildren(element("strong", {}, when), ` ${texts}${few}`);
  byId("values").replaceChildren(...values.map(({ name, kind, value, before }) =>
    element("div", { class: kind }, element("dt", {}, name), element("dd", {}, value),
      element("dd", { class: "note" }, before === null ? "" : `before ${share(before, 1)}`))));
  const spoken = values.map(({ name, value }) => `${name} ${value}`).join(", ");
  byId("scrub").setAttribute("aria-valuetext", `${when}, ${texts}${few}: ${spoken}`);
  if (bin) byId("scrub").value = i;
}

function valueWords(of, name) {
  if (!of.texts) return "–";
  const [low, high] = interval(counted(of, name));
  return `${share(of.counts[name], of.texts)} (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})`;
}

function watchPointer() {
  const course = byId("course");
  const scrub = byId("scrub");
  const follow = (event) => { if (shown.drawn) point(shown.drawn.at(event.clientX)); };
  course.addEventListener("pointermove", follow);
  course.addEventListener("pointerdown", (event) => {
    scrub.focus({ preventScroll: true, focusVisible: false });
    follow(event);
  });
  course.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays
  course.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse" && document.activeElement !== scrub) point(-1);
  });
  scrub.addEventListener("focus", () => { if (shown.at === null) point(shown.bins.length - 1); });
  scrub.addEventListener("input", () => point(Number(scrub.value)));
  scrub.addEventListener("blur", () => point(-1));
}

function choose(emotion) {
  shown.emotion = emotion;
  keepAddress();
  drawCourse();
  byId("course-title").scrollIntoView({ block: "nearest" });
}

function drawDrift(now, before) {
  const all = kinds();
  const focused = document.activeElement?.dataset?.label;
  const rows = driftRows(now, before, all, isByChange(), choose);
  byId("drift").replaceChildren(...rows);
  if (focused) byId("drift").querySelector(`[data-label="${CSS.escape(focused)}"]`)?.focus();
  const n = Object.keys(all).length - rows.length;
  const few = Math.min(now.texts, before.texts) < FEW ? `Changes need ${FEW} texts in both periods. ` : "";
  const none = n ? `${n} further ${n === 1 ? "emotion" : "emotions"} in none of these texts.` : "";
  byId("absent").textContent = few + none;
}
