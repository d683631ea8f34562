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
  }

  show(result, isOn) {
    this.result = result;
    this.isOn = isOn;
  }

  draw() {
    // A browser may remember the choice of an earlier visit.
    const grouping = byId("groupings").querySelector("input:checked").value;
    for (const id of ["bars", "bar-tools", "threshold-mark"]) byId(id).hidden = Boolean(grouping);
    for (const id of ["group-bars", "groups-note"]) byId(id).hidden = !grouping;
    if (!grouping || !this.result) return;
    const scores = this.result.groups[grouping];
    const groups = Object.entries(this.model.groupings[grouping])
      .sort(([a], [b]) => scores[b] - scores[a]);
    byId("group-bars").replaceChildren(
      ...groups.map(([name, members]) => this.row(name, members, scores[name])));
  }

  row(name, members, score) {
    const fill = element("div", { class: "fill" });
    fill.style.width = `${100 * score}%`;
    // All emotions of a group are of one sentiment.
    const sentiment = this.model.sentimentOf[members[0]];
    const others = members.filter((label) => label !== name).join(", ");
    return element("li", { class: members.some(this.isOn) ? `${sentiment} on` : sentiment },
      element("span", { class: "name" }, name),
      element("div", { class: "track" }, fill),
      element("span", { class: "value" }, percent(score)),
      ...(others ? [element("small", { class: "members" }, others)] : []));
  }
}
