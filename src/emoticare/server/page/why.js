// Which words speak for an emotion: asked of the server when somebody wants to know.

import { explanation } from "./api.js";
import { byId, element } from "./dom.js";
import { percent } from "./numbers.js";

// As on the command line: what moves the log odds less than this is noise.
const FAINTEST = 0.25;
const WORDS_NAMED = 3;

export class WhyView {
  constructor(model, showError) {
    this.model = model;
    this.showError = showError;
    this.text = "";
    this.running = new AbortController();
    byId("why").addEventListener("click", () => this.toggle());
    byId("why-label").addEventListener("change", () => this.draw());
  }

  // A new text has other reasons; they are worked out when they are asked for.
  close(text) {
    this.running.abort();
    this.text = text;
    this.setOpen(false);
    byId("why").disabled = !text;
  }

  async toggle() {
    if (!byId("why-panel").hidden) return this.setOpen(false);
    this.running = new AbortController();
    byId("why").disabled = true;
    try {
      this.found = await explanation(this.text, this.running.signal);
      this.offerLabels();
      this.draw();
      this.setOpen(true);
      this.showError(null);
    } catch (error) {
      this.showError(error);
    }
    byId("why").disabled = !this.text;
  }

  setOpen(isOpen) {
    byId("why-panel").hidden = !isOpen;
    byId("why").setAttribute("aria-expanded", String(isOpen));
  }

  offerLabels() {
    const { scores } = this.found;
    const ranked = Object.keys(scores).sort((a, b) => scores[b] - scores[a]);
    byId("why-label").replaceChildren(...ranked.map((label) =>
      element("option", { value: label }, `${label} (${percent(scores[label])})`)));
  }

  draw() {
    const label = byId("why-label").value;
    const { words } = this.found;
    // Places count code points, which a string of JavaScript does not.
    const signs = Array.from(this.text);
    const strongest = Math.max(FAINTEST, ...words.map((word) => Math.abs(word.effects[label])));
    const nodes = [];
    let end = 0;
    for (const word of words) {
      nodes.push(signs.slice(end, word.start).join(""));
      const content = signs.slice(word.start, word.end).join("");
      nodes.push(tinted(content, word.effects[label], strongest));
      end = word.end;
    }
    nodes.push(signs.slice(end).join(""));
    byId("why-text").replaceChildren(...nodes);
    byId("why-note").textContent = this.summary(label, signs);
  }

  summary(label, signs) {
    const best = this.found.words.filter((word) => word.effects[label] >= FAINTEST)
      .sort((a, b) => b.effects[label] - a.effects[label]).slice(0, WORDS_NAMED)
      .map((word) => `“${signs.slice(word.start, word.end).join("")}”`);
    const notes = [best.length ? `Most for ${label}: ${best.join(", ")}.` : `No word speaks for ${label}.`,
      "Underlined: for; dashed: against."];
    if (this.found.is_by_phrase) notes.push("The text is long, so phrases were tried.");
    if (this.found.truncated) notes.push("Only the beginning was read.");
    return notes.join(" ");
  }
}

function tinted(content, effect, strongest) {
  if (Math.abs(effect) < FAINTEST) return content;
  const node = element("span", { class: effect > 0 ? "for" : "against" }, content);
  node.style.setProperty("--tint", `${Math.round(8 + (32 * Math.abs(effect)) / strongest)}%`);
  return node;
}
