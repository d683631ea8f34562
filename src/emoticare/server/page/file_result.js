// A scored file: what leads, what to be wary of, the charts, the texts and the download.

import { courseChart } from "./charts.js";
import { byId } from "./dom.js";
import { CountBars } from "./file_counts.js";
import { count } from "./file_plan.js";
import { RowList } from "./file_rows.js";
import { share } from "./numbers.js";
import { writeCsv } from "./table.js";

// Of one text, and of several.
const WARNINGS = {
  not_english: ["does not look like English", "do not look like English"],
  out_of_domain: ["does not look like something somebody said", "do not look like something somebody said"],
  too_short: ["has no word to read", "have no word to read"],
  truncated: ["was cut: it is longer than the model reads at once", "were cut: they are longer than the model reads at once"],
};

export class FileResult {
  constructor(model) {
    this.model = model;
    this.counts = new CountBars(model, (label) => this.choose(label, true));
    this.rows = new RowList(model, (label) => this.choose(label, false));
    byId("leave-out").addEventListener("change", () => this.draw());
    byId("download").addEventListener("click", (event) => this.fillIn(event.currentTarget));
    // Thresholds may have been moved in another view.
    window.addEventListener("hashchange", () => { if (this.scored) this.show(this.scored); });
    new ResizeObserver(() => this.drawCourse()).observe(byId("course"));
  }

  hide() {
    byId("charts").hidden = true;
    this.scored = null;
  }

  show(scored) {
    this.scored = scored;
    const { scores } = scored;
    this.found = Array.from({ length: scores.length }, (_, row) => scores.labelsOf(row));
    byId("charts").hidden = false;
    this.showWarnings(scores);
    const { labels, thresholds, ownThresholds } = this.model;
    byId("file-thresholds").hidden = labels.every((label) => thresholds[label] === ownThresholds[label]);
    this.draw();
  }

  showWarnings(scores) {
    const counts = scores.countWarnings();
    const words = Object.entries(WARNINGS).filter(([name]) => counts[name])
      .map(([name, [ofOne, ofSeveral]]) =>
        `${count(counts[name])} ${counts[name] === 1 ? ofOne : ofSeveral}`);
    byId("file-warnings").textContent =
      `Of ${count(scores.length)} texts, ${words.join("; ")}.`;
    byId("file-warnings").hidden = !words.length;
    const nDoubtful = scores.warnings.filter((_, row) => scores.isDoubtful(row)).length;
    byId("doubts").textContent =
      `Leave out the ${count(nDoubtful)} whose scores mean little (the download has them, with their warnings)`;
    byId("doubts-choice").hidden = !nDoubtful;
  }

  draw() {
    const { scores, texts } = this.scored;
    const leavesOut = byId("leave-out").checked;
    const rows = [...this.found.keys()].filter((row) => !leavesOut || !scores.isDoubtful(row));
    const counts = Object.fromEntries(this.model.labels.map((label) => [label, 0]));
    for (const row of rows) for (const label of this.found[row]) counts[label] += 1;
    this.sentiments = rows.map((row) => this.model.sentimentOf[scores.best(row)]);
    byId("file-verdict").textContent = this.verdict(counts, rows.length);
    byId("drawn").hidden = !rows.length;
    this.counts.show(counts, rows.length);
    this.rows.show({ scores, texts, rows, counts });
    this.drawCourse();
  }

  verdict(counts, total) {
    if (!total) return "No text is left: all look doubtful.";
    const ranked = Object.entries(counts).filter(([label, n]) => n && label !== "neutral")
      .sort((a, b) => b[1] - a[1]);
    if (!ranked.length) return `No emotion in ${count(total)} texts.`;
    const [[first, n], second] = ranked;
    const then = second ? `, then ${second[0]} (${share(second[1], total)})` : "";
    return `${first} in ${share(n, total)} of ${count(total)} texts${then}`;
  }

  drawCourse() {
    const roomPx = byId("course").clientWidth;
    if (!this.scored || !roomPx || !this.sentiments.length) return;
    byId("course").replaceChildren(courseChart(this.sentiments, roomPx));
  }

  choose(label, leads) {
    this.counts.choose(label);
    this.rows.choose(label);
    if (leads && label) byId("rows-title").scrollIntoView({ block: "start", behavior: "instant" });
  }

  // Written when it is asked for: a large file takes a while, and its size again in memory.
  fillIn(link) {
    const { name, table, scores } = this.scored;
    const { labels } = this.model;
    const columns = [...table.columns, "emotions", ...labels, "n_tokens", "truncated", "emotion_warnings"];
    const rows = this.found.map((found, row) => [
      ...table.rows[row], found.join("|"), ...scores.scores(row), scores.nTokens[row],
      scores.warnings[row].includes("truncated"), scores.warnings[row].join("|"),
    ]);
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob(writeCsv(columns, rows), { type: "text/csv" }));
    link.download = `${name.replace(/\.[^.]*$/, "")}-emotions.csv`;
  }
}
