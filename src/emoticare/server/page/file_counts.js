// How many texts carry each emotion, as bars that can be chosen.

import { byId, element } from "./dom.js";
import { share } from "./numbers.js";

const FIRST_SHOWN = 10;

export class CountBars {
  constructor(model, onChoice) {
    Object.assign(this, { model, onChoice, showsAll: false, chosen: "" });
    byId("all-counts").addEventListener("click", () => {
      this.showsAll = !this.showsAll;
      this.draw();
    });
  }

  show(counts, nTexts) {
    Object.assign(this, { counts, nTexts });
    if (!counts[this.chosen]) this.chosen = "";
    this.draw();
  }

  choose(label) {
    this.chosen = label;
    this.draw();
  }

  draw() {
    const ranked = Object.entries(this.counts).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
    const most = ranked[0]?.[1] ?? 1;
    const shown = this.showsAll ? ranked : ranked.slice(0, FIRST_SHOWN);
    byId("counts").replaceChildren(...shown.map(([label, n]) => this.row(label, n, most)));
    const button = byId("all-counts");
    button.hidden = ranked.length <= FIRST_SHOWN;
    button.setAttribute("aria-expanded", String(this.showsAll));
    button.textContent = this.showsAll ? "Show the most frequent" : `Show all ${ranked.length}`;
  }

  row(label, n, most) {
    const fill = element("span", { class: "fill" });
    fill.style.width = `${(100 * n) / most}%`;
    const button = element("button", { type: "button", "aria-pressed": String(label === this.chosen) },
      element("span", { class: "name" }, label),
      element("span", { class: "track" }, fill),
      element("span", { class: "value" }, `${n.toLocaleString("en")} (${share(n, this.nTexts)})`));
    button.addEventListener("click", () => this.onChoice(label === this.chosen ? "" : label));
    return element("li", { class: this.model.sentimentOf[label] }, button);
  }
}
