// All turns as text; a turn that is chosen says which words speak for its emotion.

import { explanation } from "./api.js";
import { byId, element } from "./dom.js";
import { Notice } from "./notices.js";
import { clock, percent } from "./numbers.js";
import { drawReasons, reasonsInWords } from "./reasons.js";

export class TurnList {
  constructor(model) {
    this.model = model;
    this.panel = this.makePanel();
    this.running = new AbortController();
  }

  makePanel() {
    this.choice = element("select", { id: "turn-label" });
    this.choice.addEventListener("change", () => this.draw());
    this.text = element("p", { class: "why-text" });
    this.note = element("p", { class: "note", role: "status" });
    return element("div", { class: "why" },
      element("p", { class: "row" }, element("label", { for: "turn-label" }, "Words that speak for"), this.choice),
      element("div", { class: "alert", role: "alert", id: "turn-alert", hidden: "" }), this.text, this.note);
  }

  show(turns) {
    this.running.abort();
    this.turns = turns;
    this.buttons = turns.map((turn) => this.button(turn));
    byId("turns").replaceChildren(...this.buttons.map((button) => element("li", {}, button)));
  }

  button(turn) {
    const labels = turn.labels.filter((label) => label in turn.scores).flatMap((label) => [" ",
      element("span", { class: this.model.sentimentOf[label] }, `${label} ${percent(turn.scores[label])}`)]);
    const who = [`${turn.turn}. ${turn.speaker || "Somebody"}`, clock(turn.time)].filter(Boolean).join(", ");
    const button = element("button", { type: "button", class: "said", "aria-expanded": "false" },
      element("span", { class: "who" }, who, ...labels), element("span", { class: "words" }, turn.text));
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-expanded") === "true") this.close();
      else this.open(turn.turn);
    });
    return button;
  }

  close() {
    this.running.abort();
    this.panel.remove();
    for (const button of this.buttons) button.setAttribute("aria-expanded", "false");
  }

  async open(number) {
    this.close();
    const button = this.buttons[number - 1];
    button.setAttribute("aria-expanded", "true");
    button.after(this.panel);
    button.scrollIntoView({ block: "nearest" });
    button.focus({ preventScroll: true });
    this.turn = this.turns[number - 1];
    this.running = new AbortController();
    const { signal } = this.running;
    const notice = new Notice("turn-alert");
    notice.clear();
    this.choice.replaceChildren();
    this.text.replaceChildren(this.turn.text);
    this.note.textContent = "Asking …";
    try {
      this.found = await explanation(this.turn.text, { signal });
      this.offerLabels();
      this.draw();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.note.textContent = "";
      notice.show(error.message, { name: "Try again", run: () => this.open(number) });
    }
  }

  score(label) {
    return this.turn.scores[label] ?? this.found.scores[label];
  }

  offerLabels() {
    const ranked = Object.keys(this.found.scores).sort((a, b) => this.score(b) - this.score(a));
    this.choice.replaceChildren(...ranked.map((label) =>
      element("option", { value: label }, `${label} (${percent(this.score(label))})`)));
  }

  draw() {
    const label = this.choice.value;
    drawReasons(this.text, this.turn.text, this.found, label);
    this.note.textContent =
      `${reasonsInWords(this.turn.text, this.found, label, this.score(label))} Underlined: for; dashed: against.`;
  }
}
