// What went wrong, said beside where it did; and words for those who listen.

import { byId, element } from "./dom.js";

const LISTEN_MS = 700;
let timer = 0;

export class Notice {
  constructor(id) {
    this.node = byId(id);
    this.words = "";
  }

  // The same words again are not announced again.
  show(words, action = null) {
    if (this.words === words) return;
    this.words = words;
    const parts = [element("span", {}, words)];
    if (action) {
      const button = element("button", { type: "button", class: "quiet" }, action.name);
      button.addEventListener("click", action.run);
      parts.push(button);
    }
    this.node.replaceChildren(...parts);
    this.node.hidden = false;
  }

  clear() {
    this.words = "";
    this.node.hidden = true;
    this.node.replaceChildren();
  }
}

// Said once typing rests, and not at every letter.
export function announce(words) {
  clearTimeout(timer);
  timer = setTimeout(() => { byId("announcer").textContent = words; }, LISTEN_MS);
}
