// A text of several sentences, each tinted by its strongest emotion.

import { byId, element } from "./dom.js";
import { percent } from "./numbers.js";

const LONG = 500;
const MAYBE_SEVERAL = /[.!?…。！？]["')\]]*\s+\S|\n\s*\S|[。！？]\S/u;
const MOST_NAMED = 4;
const DARK = 0.25;
const MOST_DARK = 8;

export class SentenceView {
  constructor(model) {
    this.model = model;
    this.show("", null);
  }

  isWorthReading(text) {
    return text.length > LONG || MAYBE_SEVERAL.test(text);
  }

  show(text, result) {
    // The server counts characters, JavaScript counts halves of some.
    this.characters = Array.from(text);
    this.sentences = result?.sentences ?? [];
  }

  // `ofWhole` are the emotions that the whole text has.
  draw(ofWhole) {
    byId("sentences-card").hidden = this.sentences.length < 2;
    const parts = [];
    let end = 0;
    for (const sentence of this.sentences) {
      parts.push(this.slice(end, sentence.start), this.tinted(sentence));
      end = sentence.end;
    }
    byId("sentences").replaceChildren(...parts);
    const found = this.sentences.filter((sentence) => this.feelings(sentence).length).length;
    byId("sentences-note").textContent =
      `${found} of ${this.sentences.length.toLocaleString("en")} sentences carry a feeling`;
    byId("sentences-also").textContent = this.sentences.length < 2 ? "" : this.also(ofWhole);
  }

  // What a sentence carries and the whole text does not is said where the whole is.
  also(ofWhole) {
    const felt = new Set(this.sentences.flatMap((sentence) => this.feelings(sentence)));
    const names = [...felt].filter((label) => !ofWhole.includes(label));
    if (!names.length) return "";
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
    return `In single sentences only: ${names.slice(0, MOST_NAMED).join(", ")}${more}.`;
  }

  // A policy reads a text as a whole, in which one dark sentence may be lost.
  darkest() {
    const { labels, sentimentOf } = this.model;
    const darkness = ({ scores }) =>
      Math.max(...labels.filter((label) => sentimentOf[label] === "negative").map((label) => scores[label]));
    return this.sentences.filter((sentence) => darkness(sentence) >= DARK)
      .sort((a, b) => darkness(b) - darkness(a)).slice(0, MOST_DARK)
      .map(({ start, end }) => this.slice(start, end));
  }

  slice(start, end) {
    return this.characters.slice(start, end).join("");
  }

  feelings({ scores }) {
    const { labels, sentimentOf, thresholds } = this.model;
    return labels
      .filter((label) => sentimentOf[label] !== "neutral" && scores[label] >= thresholds[label])
      .sort((a, b) => scores[b] - scores[a]);
  }

  tinted(sentence) {
    const text = this.slice(sentence.start, sentence.end);
    const [best, ...more] = this.feelings(sentence);
    if (!best) return text;
    const name = `${best} ${percent(sentence.scores[best])}`;
    return element("mark", { class: this.model.sentimentOf[best], title: [name, ...more].join(", ") },
      element("span", {}, text), " ", element("small", {}, name));
  }
}
