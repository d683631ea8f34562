// The words of a text that speak for an emotion, tinted by how much they do.

import { element } from "./dom.js";
import { percent } from "./numbers.js";

// As on the command line: what moves the log odds less than this is noise.
const FAINTEST = 0.25;
const WORDS_NAMED = 3;

// Fills a place with a text whose words are tinted by their effects on a label.
export function drawReasons(place, text, found, label) {
  const { words } = found;
  // Places count code points, which a string of JavaScript does not.
  const signs = Array.from(text);
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
  place.replaceChildren(...nodes);
}

// Says which words they are, and why the score may differ from the one that is shown.
export function reasonsInWords(text, found, label, shown) {
  const signs = Array.from(text);
  const best = found.words.filter((word) => word.effects[label] >= FAINTEST)
    .sort((a, b) => b.effects[label] - a.effects[label]).slice(0, WORDS_NAMED)
    .map((word) => `“${signs.slice(word.start, word.end).join("")}”`);
  const notes = [best.length
    ? `Most for ${label}: ${best.join(", ")}.`
    : `No single word makes it ${label}.`];
  const alone = percent(found.scores[label]);
  if (alone !== percent(shown)) {
    notes.push(`Read alone it has ${alone} rather than ${percent(shown)}; the words are those of the ${alone}.`);
  }
  if (found.is_by_phrase) notes.push("It is long, so phrases were tried.");
  if (found.truncated) notes.push("Only its beginning was read.");
  return notes.join(" ");
}

function tinted(content, effect, strongest) {
  if (Math.abs(effect) < FAINTEST) return content;
  const node = element("span", { class: effect > 0 ? "for" : "against" }, content);
  node.style.setProperty("--tint", `${Math.round(8 + (32 * Math.abs(effect)) / strongest)}%`);
  return node;
}
