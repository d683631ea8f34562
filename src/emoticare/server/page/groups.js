// The switch between the emotions and their groups, and the bars of the groups.

import { byId, element } from "./dom.js";
import { percent } from "./numbers.js";

export class GroupBars {
  constructor(model) {
    this.model = model;
    this.result = null;
    this.isOffered = Object.keys(model.groupings).length > 0;
    byId("groupings").hidden = !this.isOffered;
    byId("groupings").addEventListener("change", () => this.draw());
    this.draw();
  }

  show(result) {
    this.result = result;
    this.draw();
  }

  draw() {
    // A browser may remember the choice of an earlier visit.
    const grouping = byId("groupings").querySelector("input:checked").value;
    for (const id of ["bars", "bar-tools"]) byId(id).hidden = Boolean(grouping);
    byId("group-bars").hidden = !grouping;
    if (!grouping) return;
    const groups = Object.entries(this.model.groupings[grouping]);
    const scores = this.result?.groups[grouping] ?? {};
    const score = ([name]) => scores[name] ?? 0;
    groups.sort((a, b) => score(b) - score(a));
    byId("group-bars").replaceChildren(...groups.map(([name, members]) => this.row(name, members, scores[name])));
  }

  row(name, members, score) {
    const fill = element("div", { class: "fill" });
    fill.style.width = `${100 * (score ?? 0)}%`;
    // All emotions of a group are of one sentiment.
    return element("li", { class: `${this.model.sentimentOf[members[0]]} on`, title: members.join(", ") },
      element("span", { class: "name" }, name),
      element("div", { class: "track" }, fill),
      element("span", { class: "value" }, score === undefined ? "–" : percent(score)));
  }
}
