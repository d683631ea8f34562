// The help card beside an answer: raised when the server's policy says that somebody may need it.

import { moderation } from "./api.js";
import { byId } from "./dom.js";
import { announce } from "./notices.js";

const PAUSE_MS = 200;
const OF_DANGER = /self[-_ /]?harm|suicid/i;
const OF_DISTRESS = "distress";
// Regret alone ("Sorry I'm late") and worry about a test are distress, too, in the policy's words.
const GRAVE = ["sadness", "grief", "fear"];
const LEAST = 0.25;

// A policy that decides on self-harm itself knows better than one that only knows of distress.
export function signalsDanger({ undecided, deciders, results }) {
  const deciding = Object.keys(results[0].categories)
    .filter((name) => OF_DANGER.test(name) && !undecided.includes(name));
  // A policy may decide on self-harm by a category of another name.
  const standing = deciding.map((name) => deciders[name] ?? name);
  return results.some((result) => (standing.length
    ? namesDanger(result, standing) : isGraveDistress(result)));
}

function isGraveDistress(result) {
  return result.findings.some(({ category, evidence }) =>
    category === OF_DISTRESS && GRAVE.some((label) => evidence[label] >= LEAST));
}

// In a chat among others, only what the policy itself calls self-harm: support desks are sorry all day.
// A review is asked for so early that a single letter may be enough; something else must speak for it.
export function namesDanger({ findings }, standing = []) {
  const ofDanger = findings.filter(({ category }) => OF_DANGER.test(category) || standing.includes(category));
  return ofDanger.some(({ action }) => action === "flag" || findings.length > ofDanger.length);
}

export class HelpCard {
  constructor(id) {
    this.node = byId(id);
    this.node.append(byId("help-words").content.cloneNode(true));
    this.asked = new AbortController();
  }

  // Asks the policy about texts.
  look(texts) {
    this.leave();
    this.asked = new AbortController();
    const { signal } = this.asked;
    this.timer = setTimeout(async () => {
      try {
        this.raise(signalsDanger(await moderation(texts, { signal })));
      } catch {
        // A key may not be for this route; the card at the foot of the page stays.
      }
    }, PAUSE_MS);
  }

  leave() {
    clearTimeout(this.timer);
    this.asked.abort();
  }

  raise(isNeeded) {
    if (isNeeded && this.node.hidden) announce(this.node.textContent);
    this.node.hidden = !isNeeded;
  }
}
