// A file of texts: chosen or dropped, previewed, scored in pieces, shown, and downloaded.

import { emotions } from "./api.js";
import { byId } from "./dom.js";
import { bytesOf, decode } from "./file_bytes.js";
import { count, showColumn, showPlan } from "./file_plan.js";
import { FileResult } from "./file_result.js";
import { FileScores } from "./file_scores.js";
import { Notice } from "./notices.js";
import { readTable } from "./table.js";

const PIECE_TEXTS = 100;

export function watchFile(model) {
  const scoring = new FileScoring(model);
  const drop = byId("drop");
  byId("file").addEventListener("change", async (event) => {
    await scoring.open(event.target.files[0]);
    // The same file may be chosen again once it was mended.
    event.target.value = "";
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => scoring.open(event.dataTransfer.files[0]));
  // A file that misses the field must not replace the page.
  for (const name of ["dragover", "drop"]) {
    window.addEventListener(name, (event) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
  }
  byId("column").addEventListener("change", () => scoring.changeColumn());
  byId("start").addEventListener("click", () => scoring.run());
  byId("cancel").addEventListener("click", () => scoring.cancel());
}

class FileScoring {
  constructor(model) {
    this.model = model;
    this.notice = new Notice("file-alert");
    this.result = new FileResult(model);
    this.running = new AbortController();
  }

  async open(file) {
    if (!file) return;
    this.cancel();
    this.notice.clear();
    this.begin();
    this.opened = file;
    byId("file-plan").hidden = true;
    try {
      const bytes = await bytesOf(file);
      // Another file was opened meanwhile.
      if (file !== this.opened) return;
      const { content, encoding } = decode(bytes);
      this.table = readTable(file.name, content);
      if (!this.table.rows.length) throw new Error("The file holds no texts.");
      this.name = file.name;
      showPlan({ name: file.name, table: this.table, encoding, maxChars: this.model.maxChars });
    } catch (error) {
      this.notice.show(`${file.name}: ${error.message}`);
    }
  }

  begin() {
    this.scores = null;
    this.result.hide();
    byId("start").textContent = "Score it";
    byId("start").hidden = false;
    byId("cancel").hidden = true;
    byId("file-progress").hidden = true;
  }

  changeColumn() {
    this.cancel();
    this.begin();
    showColumn(this.table, this.model.maxChars);
  }

  cancel() {
    this.running.abort();
  }

  // Goes on where it was stopped.
  async run() {
    this.cancel();
    this.running = new AbortController();
    const { signal } = this.running;
    const { rows } = this.table;
    const column = Number(byId("column").value);
    const texts = rows.map((row) => beginning(row[column], this.model.maxChars));
    if (!this.scores || this.scores.length === rows.length) this.scores = new FileScores(this.model, rows.length);
    const { scores } = this;
    this.notice.clear();
    this.showRunning(true);
    let failure = null;
    try {
      await this.score(scores, texts, signal);
    } catch (error) {
      failure = error;
    }
    // Another file was opened meanwhile.
    if (scores !== this.scores) return;
    this.showRunning(false);
    if (failure && failure.name !== "AbortError") this.notice.show(failure.message);
    this.showEnd(scores.length, rows.length);
    if (scores.length) this.result.show({ name: this.name, table: this.table, texts, scores });
  }

  async score(scores, texts, signal) {
    const start = performance.now();
    const before = scores.length;
    for (const piece of cut(texts.slice(before), this.model)) {
      const { results } = await emotions({ texts: piece }, {
        signal, onWait: (reason, s) => { byId("progress-note").textContent = `${reason} Trying again in ${s} s.`; },
      });
      signal.throwIfAborted();
      for (const result of results) scores.add(result);
      byId("progress").value = scores.length / texts.length;
      const rate = Math.round((scores.length - before) / ((performance.now() - start) / 1000));
      byId("progress-note").textContent =
        `${count(scores.length)} of ${count(texts.length)} texts, ${count(rate)} a second`;
    }
  }

  showRunning(isRunning) {
    byId("start").hidden = isRunning;
    byId("cancel").hidden = !isRunning;
    byId("file-progress").hidden = false;
    byId("progress").value = this.scores.length / this.table.rows.length;
    (isRunning ? byId("cancel") : byId("start")).focus({ preventScroll: true });
  }

  showEnd(done, total) {
    const isWhole = done === total;
    byId("start").textContent = isWhole ? "Score it again" : "Go on";
    if (isWhole) return;
    byId("progress-note").textContent = `Stopped after ${count(done)} of ${count(total)} texts.` +
      `${done ? " Below is what was scored." : ""}`;
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

// No character outside of the basic plane is cut in two.
function beginning(text, maxChars) {
  return text.slice(0, maxChars).replace(/[\ud800-\udbff]$/, "");
}
