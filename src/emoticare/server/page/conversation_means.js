// Who feels what: the mean score of each emotion by speaker, as a table that scrolls sideways.

import { byId, element } from "./dom.js";
import { percent } from "./numbers.js";

const FIRST_SHOWN = 8;
const MOST_SPEAKERS = 40;
// Darker cells would leave their numbers hard to read.
const DARKEST = 45;
const LEAST_DARKEST_MEAN = 0.15;

export class MeansTable {
  constructor(model) {
    Object.assign(this, { model, showsAll: false });
    byId("all-means").addEventListener("click", () => {
      this.showsAll = !this.showsAll;
      this.draw();
    });
  }

  show(speakers) {
    this.speakers = speakers.slice(0, MOST_SPEAKERS);
    this.draw();
  }

  draw() {
    const most = (label) => Math.max(...this.speakers.map(({ means }) => means[label]));
    const ranked = this.model.labels.filter((label) => label !== "neutral")
      .sort((a, b) => most(b) - most(a));
    const darkest = Math.max(LEAST_DARKEST_MEAN, most(ranked[0]));
    const shown = this.showsAll ? ranked : ranked.slice(0, FIRST_SHOWN);
    byId("means").replaceChildren(
      element("thead", {}, element("tr", {}, element("td", {}),
        ...this.speakers.map(({ speaker, n_turns }) =>
          element("th", { scope: "col", title: `${n_turns} turns` }, speaker || "Somebody")))),
      element("tbody", {}, ...shown.map((label) => element("tr", {},
        element("th", { scope: "row" }, label),
        ...this.speakers.map(({ means }) => this.cell(label, means[label], darkest))))));
    const button = byId("all-means");
    button.textContent = this.showsAll ? "Show the strongest" : `Show all ${ranked.length}`;
    button.setAttribute("aria-expanded", String(this.showsAll));
  }

  cell(label, mean, darkest) {
    const node = element("td", { class: this.model.sentimentOf[label] }, element("span", {}, percent(mean)));
    node.style.setProperty("--tint", `${Math.round((DARKEST * mean) / darkest)}%`);
    return node;
  }
}
