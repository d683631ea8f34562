// The view of moderation: what the server's policy asks for a text, and why.

import { moderation } from "./api.js";
import { asCurl, watchCopying } from "./copying.js";
import { HelpCard, signalsDanger } from "./distress.js";
import { byId, element } from "./dom.js";
import { json } from "./literals.js";
import { LiveAnswer } from "./live.js";
import { announce } from "./notices.js";
import { percent } from "./numbers.js";

const EXAMPLE = "I hate this, you make me sick!";
const EXAMPLES = ["I can't stand you.", "Nobody would miss me.", "The parcel came two days late."];
const SENTIMENTS = { flag: "negative", review: "ambiguous", allow: "positive" };
const ACTIONS = {
  flag: "flagged",
  review: "for a person to look at",
  allow: "nothing asks for action",
};

export function watchModeration(model) {
  return new ModerateView(model);
}

class ModerateView {
  constructor(model) {
    this.help = new HelpCard("moderate-help");
    this.live = new LiveAnswer({
      name: "moderate", field: byId("moderate"), result: byId("moderate-result"),
      alert: "moderate-alert", clearButton: byId("clear-moderate"), maxChars: model.maxChars,
      example: EXAMPLE, ask: moderation,
      show: (text, answer, isExample) => this.show(text, answer, isExample),
    });
    watchCopying(byId("moderate-curl"), () =>
      asCurl({ path: "v1/moderations", body: { input: this.text } }));
    watchCopying(byId("moderate-json"), () => json(this.answer.results[0]));
    for (const example of EXAMPLES) {
      const button = element("button", { type: "button" }, example);
      button.addEventListener("click", () => this.live.set(example));
      byId("moderate-examples").append(element("li", {}, button));
    }
    this.live.run();
  }

  show(text, answer, isExample) {
    Object.assign(this, { text, answer });
    const { results: [{ action, findings, category_scores: scores }] } = answer;
    const { undecided, deciders, policy } = answer;
    byId("moderate-example").textContent = isExample ? `For example: “${text}”` : "What the policy says";
    const asking = findings.filter((found) => found.action === action)
      .map(({ category }) => category).join(" and ");
    byId("moderate-verdict").replaceChildren(
      element("span", { class: SENTIMENTS[action] }, ACTIONS[action]), asking && `: ${asking}`);
    byId("policy-note").textContent = `By the policy “${policy}” of this server.`;
    const own = Object.entries(scores)
      .filter(([name]) => !undecided.includes(name) && (deciders[name] ?? name) === name)
      .sort((a, b) => b[1] - a[1]);
    byId("categories").replaceChildren(...own.map(([name, score]) =>
      bar(name, score, findings.find(({ category }) => category === name))));
    byId("findings").replaceChildren(...findings.map((found) => finding(found, text)));
    byId("undecided").textContent = undecided.length
      ? `Not decided by this policy, so always false: ${undecided.join(", ")}.` : "";
    for (const id of ["moderate-curl", "moderate-json"]) byId(id).disabled = false;
    this.help.raise(!isExample && signalsDanger(answer));
    if (!isExample) announce(byId("moderate-verdict").textContent);
  }
}

function bar(name, score, found) {
  const fill = element("div", { class: "fill" });
  fill.style.width = `${100 * score}%`;
  const track = element("div", { class: "track" }, fill);
  if (found) {
    const mark = element("div", { class: "threshold" });
    mark.style.left = `${100 * found.threshold}%`;
    track.append(mark);
  }
  const sentiment = found ? SENTIMENTS[found.action] : "neutral";
  return element("li", { class: found ? `${sentiment} on` : sentiment },
    element("span", { class: "name" }, name), track,
    element("span", { class: "value" }, percent(score)));
}

function finding({ category, action, severity, reason, start, end }, text) {
  const parts = [
    element("strong", {}, category), " ",
    element("span", { class: SENTIMENTS[action] }, ACTIONS[action]),
    element("span", { class: "note" }, ` severity ${severity}`),
    element("p", {}, `${reason}.`),
  ];
  if (start !== null) {
    parts.push(element("blockquote", {}, Array.from(text).slice(start, end).join("")));
  }
  return element("li", {}, ...parts);
}
