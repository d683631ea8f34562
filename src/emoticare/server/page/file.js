// A file of texts: chosen or dropped, scored in pieces, shown as charts, and downloaded.

import { emotions } from "./api.js";
import { countsChart, courseChart, numbersChart } from "./charts.js";
import { byId, element } from "./dom.js";
import { guessTextColumn, readTable, writeCsv } from "./table.js";

const MOST_BYTES = 100 * 2 ** 20;
const PIECE_TEXTS = 100;

export function watchFile(model, showError) {
  const scoring = new FileScoring(model, showError);
  const drop = byId("drop");
  byId("file").addEventListener("change", (event) => scoring.open(event.target.files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => scoring.open(event.dataTransfer.files[0]));
  // A file that misses the field must not replace the page.
  for (const name of ["dragover", "drop"]) {
    window.addEventListener(name, (event) => event.preventDefault());
  }
  byId("start").addEventListener("click", () => scoring.run());
  byId("cancel").addEventListener("click", () => scoring.cancel());
}

class FileScoring {
  constructor(model, showError) {
    this.model = model;
    this.showError = showError;
    this.running = new AbortController();
  }

  async open(file) {
    if (!file) return;
    this.cancel();
    this.showError(null);
    byId("charts").hidden = true;
    byId("file-plan").hidden = true;
    try {
      if (file.size > MOST_BYTES) {
        throw new Error("The file is larger than 100 MB. The command line reads files of any size.");
      }
      this.table = readTable(file.name, await file.text());
      if (!this.table.rows.length) throw new Error("The file holds no texts.");
      this.name = file.name;
      this.plan();
    } catch (error) {
      this.showError(error);
    }
  }

  plan() {
    const { columns, rows } = this.table;
    byId("file-summary").textContent = `${this.name}: ${rows.length.toLocaleString("en")} texts`;
    byId("column").replaceChildren(...columns.map((name, i) => element("option", { value: i }, name)));
    byId("column").value = String(guessTextColumn(this.table));
    byId("column-choice").hidden = columns.length < 2;
    byId("file-progress").hidden = true;
    byId("file-plan").hidden = false;
  }

  cancel() {
    this.running.abort();
  }

  async run() {
    this.cancel();
    this.running = new AbortController();
    const { signal } = this.running;
    const column = Number(byId("column").value);
    const texts = this.table.rows.map((row) => row[column].slice(0, this.model.maxChars));
    this.results = [];
    this.showError(null);
    this.showRunning(true);
    const start = performance.now();
    try {
      for (const piece of cut(texts, this.model)) {
        this.results.push(...(await emotions(piece, signal)).results);
        this.showProgress(texts.length, (performance.now() - start) / 1000);
        if (signal.aborted) break;
      }
    } catch (error) {
      this.showError(error);
    }
    this.showRunning(false);
    if (this.results.length) this.showResults();
  }

  showRunning(isRunning) {
    byId("start").hidden = isRunning;
    byId("cancel").hidden = !isRunning;
    byId("file-progress").hidden = false;
    if (isRunning) byId("progress").value = 0;
  }

  showProgress(total, seconds) {
    const done = this.results.length;
    byId("progress").value = done / total;
    const rate = Math.round(done / seconds);
    byId("progress-note").textContent =
      `${done.toLocaleString("en")} of ${total.toLocaleString("en")} texts, ${rate} a second`;
  }

  showResults() {
    const { labels, sentimentOf } = this.model;
    const found = this.results.map((result) => this.labelsOf(result));
    const counts = Object.fromEntries(labels.map((label) => [label, 0]));
    for (const label of found.flat()) counts[label] += 1;
    this.offerDownload(found);
    byId("charts").hidden = false;
    const roomPx = byId("counts").clientWidth;
    const sentiments = this.results.map((result) => sentimentOf[best(result)]);
    byId("counts").replaceChildren(countsChart(counts, found.length, sentimentOf, roomPx));
    byId("course").replaceChildren(courseChart(sentiments, roomPx));
    byId("numbers").replaceChildren(numbersChart(found.map((some) => some.length), roomPx));
  }

  labelsOf(result) {
    return this.model.labels.filter((label) => result.scores[label] >= this.model.thresholds[label])
      .sort((a, b) => result.scores[b] - result.scores[a]);
  }

  offerDownload(found) {
    const { labels } = this.model;
    const columns = [...this.table.columns, "emotions", ...labels, "n_tokens", "truncated"];
    const rows = this.results.map((result, i) => [
      ...this.table.rows[i], found[i].join("|"), ...labels.map((label) => result.scores[label]),
      result.n_tokens, result.truncated,
    ]);
    const link = byId("download");
    if (link.href) URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob(writeCsv(columns, rows), { type: "text/csv" }));
    link.download = `${this.name.replace(/\.[^.]*$/, "")}-emotions.csv`;
  }
}

function* cut(texts, { maxTexts, maxBytes }) {
  const most = Math.min(PIECE_TEXTS, maxTexts);
  let piece = [];
  let bytes = 0;
  for (const text of texts) {
    const more = JSON.stringify(text).length * 3 + 1;
    if (piece.length && (piece.length === most || bytes + more > maxBytes - 100)) {
      yield piece;
      [piece, bytes] = [[], 0];
    }
    piece.push(text);
    bytes += more;
  }
  if (piece.length) yield piece;
}

function best(result) {
  return Object.entries(result.scores).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}
