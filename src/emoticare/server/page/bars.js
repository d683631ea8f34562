// The score of each emotion as a bar, best first, with its threshold as a mark that can be moved.

import { byId, element } from "./dom.js";
import { percent } from "./numbers.js";
import { forget, remember } from "./state.js";
import { inWords } from "./verdict.js";

const FIRST_SHOWN = 8;

export class Bars {
  constructor(model, onThresholds, onWhy) {
    Object.assign(this, { model, onThresholds, onWhy });
    this.result = null;
    this.showsAll = false;
    this.rows = new Map(model.labels.map((label) => [label, this.makeRow(label)]));
    byId("show-all").addEventListener("click", () => this.toggleAll());
    byId("adjust").addEventListener("click", () => this.toggleSliders());
    byId("reset").addEventListener("click", () => this.reset());
  }

  makeRow(label) {
    const fill = element("div", { class: "fill" });
    const mark = element("div", { class: "threshold" });
    const slider = element("input", {
      type: "range", min: 0, max: 1, step: 0.01, "aria-label": `Threshold of ${label}`, hidden: "",
    });
    slider.addEventListener("input", () => this.setThreshold(label, Number(slider.value)));
    const name = element("button", { type: "button", class: "name", title: `Why ${label}?` }, label);
    name.addEventListener("click", () => this.onWhy(label));
    const value = element("span", { class: "value" });
    const row = element("li", { class: this.model.sentimentOf[label] }, name,
      element("div", { class: "track" }, fill, mark, slider), value);
    return { row, fill, mark, slider, value };
  }

  setResult(result) {
    this.result = result;
    this.ranked = [...this.model.labels].sort((a, b) => result.scores[b] - result.scores[a]);
    // Whoever is on a bar by keyboard stays there.
    const focused = document.activeElement;
    byId("bars").append(...this.ranked.map((label) => this.rows.get(label).row));
    if (byId("bars").contains(focused)) focused.focus();
    this.draw();
  }

  draw() {
    this.ranked?.forEach((label, rank) => {
      const { row, fill, mark, slider, value } = this.rows.get(label);
      const score = this.result.scores[label];
      const threshold = this.threshold(label);
      fill.style.width = `${100 * score}%`;
      mark.style.left = `${100 * threshold}%`;
      slider.value = threshold;
      slider.setAttribute("aria-valuetext", percent(threshold));
      value.textContent = percent(score);
      row.classList.toggle("on", this.isOn(label));
      row.hidden = !this.showsAll && rank >= FIRST_SHOWN;
    });
    byId("reset").hidden = this.changed().length === 0;
  }

  changed() {
    const { labels, thresholds, ownThresholds } = this.model;
    return labels.filter((label) => thresholds[label] !== ownThresholds[label]);
  }

  found() {
    return this.ranked.filter((label) => this.isOn(label));
  }

  // What the verdict names first; else what scores best.
  leading() {
    const isFelt = (label) => label !== "neutral";
    return this.found().find(isFelt) ?? this.ranked.find(isFelt);
  }

  words() {
    return inWords(this.found(), this.result.scores);
  }

  // Where nothing reaches its threshold, what comes nearest.
  closest() {
    if (this.found().length) return "";
    const margin = (label) => this.result.scores[label] - this.threshold(label);
    const [best] = [...this.ranked].sort((a, b) => margin(b) - margin(a));
    return `Closest: ${best}, ${percent(this.result.scores[best])} of the ${percent(this.threshold(best))} it needs.`;
  }

  isOn(label) {
    return this.result.scores[label] >= this.threshold(label);
  }

  threshold(label) {
    const { thresholds, ownThresholds, documentThresholds } = this.model;
    const isOwn = thresholds[label] === ownThresholds[label];
    const isDocument = this.result.sentences?.length > 1;
    return isOwn && isDocument ? documentThresholds[label] : thresholds[label];
  }

  setThreshold(label, threshold) {
    this.model.thresholds[label] = threshold;
    remember("thresholds", Object.fromEntries(
      this.changed().map((name) => [name, this.model.thresholds[name]])));
    this.draw();
    this.onThresholds();
  }

  reset() {
    Object.assign(this.model.thresholds, this.model.ownThresholds);
    forget("thresholds");
    this.draw();
    this.onThresholds();
    byId("adjust").focus();
  }

  toggleAll() {
    this.showsAll = !this.showsAll;
    const button = byId("show-all");
    button.setAttribute("aria-expanded", String(this.showsAll));
    button.textContent = this.showsAll ? "Show the best" : `Show all ${this.model.labels.length}`;
    byId("bars").classList.toggle("all", this.showsAll);
    this.draw();
  }

  toggleSliders() {
    const adjusts = byId("adjust").getAttribute("aria-pressed") !== "true";
    byId("adjust").setAttribute("aria-pressed", String(adjusts));
    byId("bars").classList.toggle("adjusts", adjusts);
    for (const { slider } of this.rows.values()) slider.hidden = !adjusts;
  }
}
