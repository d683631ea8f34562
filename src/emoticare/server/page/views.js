// Four views, each with an address: what follows the # says which one is shown.

import { byId } from "./dom.js";
import { recall, remember } from "./state.js";

const TITLES = {
  text: "the emotions of a text",
  file: "a file of texts",
  conversation: "a conversation",
  moderate: "moderation",
};
const awaited = new Map();
// Where the page's own address leads, and the way back to it.
const first = recall("view") ?? "text";
let shown = "";

export function watchViews() {
  addEventListener("hashchange", () => {
    if (location.hash && !asked()) return;
    show();
    scrollTo(0, 0);
  });
  show();
}

// What a view does when it is first looked at.
export function whenOpened(name, act) {
  if (name === shown) act();
  else awaited.set(name, act);
}

function show() {
  shown = asked() ?? first;
  for (const name of Object.keys(TITLES)) {
    byId(`view-${name}`).hidden = name !== shown;
    const link = byId(`to-${name}`);
    if (name === shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `EmotiCare: ${TITLES[shown]}`;
  remember("view", shown);
  const act = awaited.get(shown);
  awaited.delete(shown);
  act?.();
}

function asked() {
  const name = location.hash.slice(1);
  return Object.hasOwn(TITLES, name) ? name : null;
}
