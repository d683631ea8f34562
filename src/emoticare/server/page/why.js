// Which words speak for an emotion: asked of the server when somebody wants to know. A text that
// was read by sentences has its reasons in the sentence that speaks for the emotion most.

import { explanation } from "./api.js";
import { byId, element } from "./dom.js";
import { Notice } from "./notices.js";
import { percent } from "./numbers.js";
import { drawReasons, reasonsInWords } from "./reasons.js";

export class WhyView {
  constructor() {
    this.text = "";
    this.running = new AbortController();
    this.notice = new Notice("why-alert");
    byId("why-label").addEventListener("change", () => this.explain());
  }

  // A new text has other reasons; they are worked out when they are asked for.
  setText(text, result) {
    if (text === this.text) return;
    Object.assign(this, { text, result, known: new Map() });
    this.setOpen(false);
  }

  toggle(label) {
    if (byId("why-panel").hidden) this.open(label);
    else this.setOpen(false);
  }

  open(label) {
    this.offerLabels(label);
    this.setOpen(true);
    byId("why-panel").scrollIntoView({ block: "nearest" });
    return this.explain();
  }

  setOpen(isOpen) {
    if (!isOpen) {
      this.running.abort();
      byId("why-panel").setAttribute("aria-busy", "false");
    }
    byId("why-panel").hidden = !isOpen;
    byId("why").setAttribute("aria-expanded", String(isOpen));
  }

  offerLabels(chosen) {
    const { scores } = this.result;
    const ranked = Object.keys(scores).sort((a, b) => scores[b] - scores[a]);
    byId("why-label").replaceChildren(...ranked.map((label) =>
      element("option", { value: label }, `${label} (${percent(scores[label])})`)));
    byId("why-label").value = chosen;
  }

  async explain() {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const label = byId("why-label").value;
    const part = this.partFor(label);
    this.notice.clear();
    byId("why-panel").setAttribute("aria-busy", "true");
    try {
      if (!this.known.has(part.text)) {
        this.known.set(part.text, await explanation(part.text, { signal }));
      }
      this.draw(part, this.known.get(part.text), label);
    } catch (error) {
      if (error.name === "AbortError") return;
      byId("why-text").replaceChildren();
      byId("why-note").textContent = "";
      this.notice.show(error.message, { name: "Try again", run: () => this.explain() });
    }
    byId("why-panel").setAttribute("aria-busy", "false");
  }

  draw(part, found, label) {
    drawReasons(byId("why-text"), part.text, found, label);
    const notes = [reasonsInWords(part.text, found, label, part.score), "Underlined: for; dashed: against."];
    if (part.note) notes.unshift(part.note);
    byId("why-note").textContent = notes.join(" ");
  }

  partFor(label) {
    const { sentences = [], scores } = this.result;
    if (sentences.length < 2) return { text: this.text, score: scores[label] };
    const i = sentences.reduce((best, { scores: own }, at) =>
      (own[label] > sentences[best].scores[label] ? at : best), 0);
    const { start, end, scores: own } = sentences[i];
    return {
      text: Array.from(this.text).slice(start, end).join(""),
      score: own[label],
      note: `The whole text has ${percent(scores[label])}, weighed from its strongest sentences. ` +
        `This one, ${i + 1} of ${sentences.length}, has ${percent(own[label])}.`,
    };
  }
}
