// The emotions of the text in the field, as bars, a moment after a pause in typing.

import { emotions } from "./api.js";
import { byId, element } from "./dom.js";
import { GroupBars } from "./groups.js";
import { percent } from "./numbers.js";
import { SentenceView } from "./sentences.js";
import { WhyView } from "./why.js";

const PAUSE_MS = 40;
const FIRST_SHOWN = 8;
const FEW_SENTENCES = 4;
const EXAMPLES = [
  "I'm so proud of everything we've built together!",
  "I'm terrified of what might happen next.",
  "Thanks, I guess. Not what I had hoped for.",
  "Wait, how does this even work?",
];

const WARNINGS = {
  not_english: "This does not look like English, so the scores mean little.",
  out_of_domain: "This does not look like something somebody said, so the scores mean little.",
  too_short: "There is no word to read, so the scores mean little.",
};

export function watchText(model, showError) {
  const sentences = new SentenceView(model);
  const view = new Bars(model, () => sentences.draw());
  const groups = new GroupBars(model);
  const why = new WhyView(model, showError);
  const options = { groups: groups.isOffered };
  const text = byId("text");
  let timer = 0;
  let running = new AbortController();

  async function score() {
    running.abort();
    running = new AbortController();
    const start = performance.now();
    try {
      const value = text.value.trim();
      why.close(value);
      if (!value) {
        groups.show(null);
        sentences.show("", null);
        return view.clear();
      }
      const { signal } = running;
      const ask = async (more) => (await emotions([value], signal, { ...options, ...more })).results[0];
      const read = sentences.isWorthReading(value) ? await ask({ spans: true }) : null;
      // A few sentences are better read as one; see docs/documents.md.
      let result = read?.sentences.length > FEW_SENTENCES ? read : await ask({});
      if (result.truncated && read) result = read;
      view.show(result, performance.now() - start);
      groups.show(result);
      sentences.show(value, read);
      showError(null);
    } catch (error) {
      showError(error);
    }
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(score, PAUSE_MS);
  });
  for (const example of EXAMPLES) {
    const button = element("button", { type: "button" }, example);
    button.addEventListener("click", () => {
      text.value = example;
      score();
    });
    byId("examples").append(element("li", {}, button));
  }
  if (text.value) score();
}

class Bars {
  constructor(model, onThresholds) {
    this.model = model;
    this.onThresholds = onThresholds;
    this.result = null;
    this.showsAll = false;
    this.rows = new Map(model.labels.map((label) => [label, this.makeRow(label)]));
    byId("show-all").addEventListener("click", () => this.toggleAll());
    byId("adjust").addEventListener("click", () => this.toggleSliders());
    byId("reset").addEventListener("click", () => this.reset());
    this.clear();
  }

  makeRow(label) {
    const fill = element("div", { class: "fill" });
    const mark = element("div", { class: "threshold" });
    const slider = element("input", {
      type: "range", min: 0, max: 1, step: 0.01, "aria-label": `Threshold of ${label}`, hidden: "",
    });
    slider.addEventListener("input", () => this.setThreshold(label, Number(slider.value)));
    const value = element("span", { class: "value" });
    const row = element(
      "li", { class: this.model.sentimentOf[label] },
      element("span", { class: "name" }, label),
      element("div", { class: "track" }, fill, mark, slider), value,
    );
    byId("bars").append(row);
    return { row, fill, mark, slider, value };
  }

  show(result, ms) {
    this.result = result;
    const notes = [`${result.n_tokens} tokens`, `${Math.round(ms)} ms`];
    if (result.sentences) notes.unshift(`${result.sentences.length} sentences`);
    byId("timing").textContent = notes.join(" · ");
    const warnings = (result.warnings ?? []).filter((name) => name in WARNINGS);
    byId("warning").textContent = warnings.map((name) => WARNINGS[name]).join(" ");
    byId("warning").hidden = !warnings.length;
    this.sort();
    this.draw();
  }

  clear() {
    this.result = null;
    byId("timing").textContent = "";
    byId("warning").hidden = true;
    this.sort();
    this.draw();
  }

  score(label) {
    return this.result ? this.result.scores[label] : 0;
  }

  sort() {
    const ranked = [...this.model.labels].sort((a, b) => this.score(b) - this.score(a));
    byId("bars").append(...ranked.map((label) => this.rows.get(label).row));
    this.ranked = ranked;
  }

  draw() {
    this.ranked.forEach((label, rank) => {
      const { row, fill, mark, slider, value } = this.rows.get(label);
      const score = this.score(label);
      const threshold = this.threshold(label);
      fill.style.width = `${100 * score}%`;
      mark.style.left = `${100 * threshold}%`;
      slider.value = threshold;
      value.textContent = this.result ? percent(score) : "–";
      row.classList.toggle("on", this.isOn(label));
      row.hidden = !this.showsAll && rank >= FIRST_SHOWN;
    });
    this.drawVerdict();
    const isOwn = this.model.labels.every(
      (label) => this.model.thresholds[label] === this.model.ownThresholds[label],
    );
    byId("reset").hidden = isOwn;
  }

  drawVerdict() {
    const found = this.ranked.filter((label) => this.isOn(label));
    const chips = found.map((label) =>
      element("span", { class: this.model.sentimentOf[label] }, label));
    const nothing = this.result ? "No emotion reaches its threshold." : "Waiting for a text.";
    // Words between the chips, for those who listen.
    const parts = chips.flatMap((chip, i) => (i ? [" ", chip] : [chip]));
    byId("verdict").replaceChildren(...(chips.length ? parts : [element("em", {}, nothing)]));
  }

  isOn(label) {
    return this.result !== null && this.score(label) >= this.threshold(label);
  }

  threshold(label) {
    const { thresholds, ownThresholds, documentThresholds } = this.model;
    const isOwn = thresholds[label] === ownThresholds[label];
    const isDocument = this.result?.sentences?.length > 1;
    return isOwn && isDocument ? documentThresholds[label] : thresholds[label];
  }

  setThreshold(label, threshold) {
    this.model.thresholds[label] = threshold;
    this.draw();
    this.onThresholds();
  }

  reset() {
    Object.assign(this.model.thresholds, this.model.ownThresholds);
    this.draw();
    this.onThresholds();
    byId("adjust").focus();
  }

  toggleAll() {
    this.showsAll = !this.showsAll;
    const button = byId("show-all");
    button.setAttribute("aria-expanded", String(this.showsAll));
    button.textContent = this.showsAll ? "Show the best" : `Show all ${this.model.labels.length}`;
    this.draw();
  }

  toggleSliders() {
    const adjusts = byId("adjust").getAttribute("aria-pressed") !== "true";
    byId("adjust").setAttribute("aria-pressed", String(adjusts));
    for (const { slider } of this.rows.values()) slider.hidden = !adjusts;
  }
}
