// Every emotion beside what it was before.

import { element } from "./dom.js";
import { Z_OF_A_TABLE, change } from "./intervals.js";
import { share } from "./numbers.js";

// A change in words, and whether it is more than chance; null: too few texts to say.
export function changeWords(found) {
  if (!found) return { sign: "", words: "–", isClear: false };
  const points = (100 * Math.abs(found.difference)).toFixed(1);
  if (points === "0.0") return { sign: "", words: "0.0", isClear: false };
  const isMore = found.difference > 0;
  return {
    sign: isMore ? "▲" : "▼",
    words: `${isMore ? "+" : "−"}${points}`,
    isClear: found.isClear,
  };
}

export function driftRows(now, before, kinds, isByChange, choose) {
  const labels = Object.keys(kinds).filter((label) => now.counts[label] || before.counts[label]);
  const compared = labels.map((label) => ({
    label,
    hits: now.counts[label] ?? 0,
    was: before.counts[label] ?? 0,
    found: change({ hits: now.counts[label] ?? 0, n: now.texts },
      { hits: before.counts[label] ?? 0, n: before.texts }, Z_OF_A_TABLE),
  }));
  const weight = ({ found }) => (found ? Math.abs(found.difference) + (found.isClear ? 1 : 0) : -1);
  compared.sort((a, b) => (isByChange ? weight(b) - weight(a) : 0) || b.hits - a.hits || b.was - a.was);
  const most = Math.max(...compared.map(({ hits, was }) =>
    Math.max(hits / (now.texts || 1), was / (before.texts || 1))));
  return compared.map((one) => row(one, now, before, kinds[one.label], most, choose));
}

function row({ label, hits, was, found }, now, before, kind, most, choose) {
  const button = element("button", { type: "button", class: "plain" }, label);
  button.dataset.label = label;
  button.addEventListener("click", () => choose(label));
  const { sign, words, isClear } = changeWords(found);
  const fill = element("div", { class: `fill ${kind}` });
  fill.style.width = `${(100 * hits) / now.texts / most}%`;
  const track = element("div", { class: "track" }, fill);
  if (before.texts) {
    const mark = element("div", { class: "was" });
    mark.style.left = `${(100 * was) / before.texts / most}%`;
    track.append(mark);
  }
  return element("tr", { class: isClear ? "clear" : "unclear" },
    element("th", { scope: "row" }, button),
    element("td", { class: "bar" }, track),
    element("td", {}, share(hits, now.texts)),
    element("td", { class: "before" }, before.texts ? share(was, before.texts) : "–"),
    element("td", { class: "change" },
      element("span", { "aria-hidden": "true" }, sign), ` ${words}`));
}
