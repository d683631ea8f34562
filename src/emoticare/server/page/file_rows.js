// The texts of a scored file as a list, of which only what is in sight is in the page: filtered by
// emotion, searched, and sorted by score.

import { byId, element } from "./dom.js";
import { percent } from "./numbers.js";

const BEYOND = 4;
// Browsers cannot show a list of any height.
const MOST_LINES = 400_000;
const SHOWN_SIGNS = 300;
const MOST_SCORES = 5;

export class RowList {
  constructor(model, onEmotion) {
    Object.assign(this, { model, lines: [], selected: -1 });
    this.box = byId("rows");
    this.inner = element("div", { role: "presentation" });
    this.box.append(this.inner);
    this.box.addEventListener("scroll", () => this.draw());
    this.box.addEventListener("keydown", (event) => this.move(event));
    this.box.addEventListener("click", (event) => {
      const line = event.target.closest("[data-at]");
      if (line) this.select(Number(line.dataset.at));
    });
    new ResizeObserver(() => this.draw()).observe(this.box);
    byId("rows-emotion").addEventListener("change", (event) => onEmotion(event.target.value));
    byId("rows-order").addEventListener("change", () => this.filter());
    byId("rows-search").addEventListener("input", () => this.filter());
  }

  // `rows` are the numbers of the rows that count; texts are those of all rows.
  show({ scores, texts, rows, counts }) {
    Object.assign(this, { scores, texts, rows });
    const { value } = byId("rows-emotion");
    const found = Object.entries(counts).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
    byId("rows-emotion").replaceChildren(element("option", { value: "" }, "any"),
      ...found.map(([label, n]) => element("option", { value: label }, `${label} (${n.toLocaleString("en")})`)));
    byId("rows-emotion").value = counts[value] ? value : "";
    this.filter();
  }

  choose(label) {
    byId("rows-emotion").value = label;
    byId("rows-order").value = label ? "score" : "file";
    this.filter();
  }

  filter() {
    const label = byId("rows-emotion").value;
    const wanted = byId("rows-search").value.trim().toLowerCase();
    const i = this.model.labels.indexOf(label);
    const threshold = this.model.thresholds[label];
    this.lines = this.rows.filter((row) => (i < 0 || this.scores.score(row, i) >= threshold)
      && (!wanted || this.texts[row].toLowerCase().includes(wanted)));
    if (byId("rows-order").value === "score") this.sort(i);
    const nFound = this.lines.length;
    this.lines = this.lines.slice(0, MOST_LINES);
    byId("rows-note").textContent = `${nFound.toLocaleString("en")} of ${this.rows.length.toLocaleString("en")}` +
      `${nFound > MOST_LINES ? `, the first ${MOST_LINES.toLocaleString("en")} shown` : ""}`;
    this.label = label;
    this.selected = -1;
    byId("row-detail").hidden = true;
    this.box.scrollTop = 0;
    this.draw();
  }

  // By the emotion that was chosen, else by whatever is strongest.
  sort(i) {
    const key = i < 0
      ? (row) => Math.max(...this.scores.scores(row))
      : (row) => this.scores.score(row, i);
    const keys = new Map(this.lines.map((row) => [row, key(row)]));
    this.lines.sort((a, b) => keys.get(b) - keys.get(a));
  }

  draw() {
    if (!this.box.clientHeight) return;
    const height = this.lineHeight();
    this.inner.style.height = `${this.lines.length * height}px`;
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - BEYOND);
    const last = Math.min(this.lines.length, first + Math.ceil(this.box.clientHeight / height) + 2 * BEYOND);
    const shown = this.lines.slice(first, last).map((row, n) => this.line(row, first + n, height));
    const nothing = element("p", { class: "note nothing" }, "No text is like this.");
    this.inner.replaceChildren(...shown);
    this.box.querySelector(".nothing")?.remove();
    if (!this.lines.length) this.box.append(nothing);
    this.box.removeAttribute("aria-activedescendant");
    if (this.selected >= first && this.selected < last) {
      this.box.setAttribute("aria-activedescendant", `line-${this.selected}`);
    }
  }

  lineHeight() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) *
      (matchMedia("(max-width: 40rem)").matches ? 4.25 : 3);
  }

  line(row, at, height) {
    const node = element("div", {
      class: "line", role: "option", id: `line-${at}`, "data-at": at,
      "aria-selected": String(at === this.selected),
      "aria-setsize": this.lines.length, "aria-posinset": at + 1,
    },
    element("span", { class: "number" }, String(row + 1)),
    element("span", {}, this.texts[row].slice(0, SHOWN_SIGNS) || "(no text)"), this.found(row));
    node.style.top = `${at * height}px`;
    return node;
  }

  found(row) {
    const labels = this.scores.labelsOf(row);
    const shown = this.label ? [this.label, ...labels.filter((label) => label !== this.label)] : labels;
    const words = shown.map((label, n) => element("span", { class: this.model.sentimentOf[label] },
      n ? `, ${label}` : `${label} ${percent(this.scores.score(row, this.model.labels.indexOf(label)))}`));
    return element("span", { class: "found" }, ...(words.length ? words : [element("span", { class: "note" }, "no emotion")]));
  }

  move(event) {
    const page = Math.floor(this.box.clientHeight / this.lineHeight());
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || !this.lines.length) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(this.lines.length - 1, this.selected + steps[event.key]));
    this.select(at);
    const height = this.lineHeight();
    const room = this.box.clientHeight - height;
    this.box.scrollTop = Math.max(at * height - room, Math.min(this.box.scrollTop, at * height));
  }

  select(at) {
    this.selected = at;
    this.draw();
    const row = this.lines[at];
    const ranked = this.model.labels.map((label, i) => [label, this.scores.score(row, i)])
      .sort((a, b) => b[1] - a[1]).slice(0, MOST_SCORES);
    const warnings = this.scores.warnings[row].map((name) => name.replaceAll("_", " ")).join(", ");
    byId("row-detail").replaceChildren(
      element("p", { class: "note" }, `Row ${row + 1}${warnings ? `: ${warnings}` : ""}`),
      element("p", { class: "whole" }, this.texts[row] || "(no text)"),
      element("p", {}, ...ranked.flatMap(([label, score], n) => [n ? ", " : "",
        element("span", { class: this.model.sentimentOf[label] }, `${label} ${percent(score)}`)])));
    byId("row-detail").hidden = false;
  }
}
