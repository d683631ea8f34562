// An answer that follows a field: asked for a moment after a pause in typing, greyed while it is
// about an earlier text, and asked for again once a lost server comes back.

import { Notice } from "./notices.js";
import { forget, recall, remember } from "./state.js";

const PAUSE_MS = 40;
const FIRST_RETRY_S = 1;
const LONGEST_RETRY_S = 15;

// Its parts: name, field, result and clearButton (elements), alert (an id), maxChars, example,
// ask(text, how) and show(text, answer, isExample).
export class LiveAnswer {
  constructor(parts) {
    Object.assign(this, parts);
    this.notice = new Notice(parts.alert);
    this.running = new AbortController();
    this.retryS = FIRST_RETRY_S;
    this.field.value = recall(this.name) ?? this.field.value;
    this.field.addEventListener("input", () => this.changed());
    this.clearButton.addEventListener("click", () => this.set(""));
    addEventListener("online", () => { if (this.isLost()) this.run(); });
  }

  set(text) {
    this.field.value = text;
    this.changed();
    this.field.focus();
  }

  changed() {
    if (this.field.value) remember(this.name, this.field.value);
    else forget(this.name);
    this.clearButton.disabled = !this.field.value;
    clearTimeout(this.timer);
    this.running.abort();
    if (!this.isLost()) this.setState("stale");
    this.timer = setTimeout(() => this.run(), PAUSE_MS);
  }

  async run() {
    clearTimeout(this.timer);
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    this.clearButton.disabled = !this.field.value;
    const text = this.field.value.trim();
    try {
      this.checkLength(text);
      const answer = await this.ask(text || this.example, { signal, onWait: this.wait });
      if (signal.aborted) return;
      this.retryS = FIRST_RETRY_S;
      this.notice.clear();
      this.setState(text ? "fresh" : "example");
      this.show(text || this.example, answer, !text);
    } catch (error) {
      if (error.name !== "AbortError") this.fail(error);
    }
  }

  checkLength(text) {
    const { length } = Array.from(text);
    if (length <= this.maxChars) return;
    throw new Error(`The text has ${length.toLocaleString("en")} characters; the server reads ` +
      `at most ${this.maxChars.toLocaleString("en")} characters. Shorten it, or open it as a file.`);
  }

  wait = (reason, seconds) => {
    this.setState("lost");
    this.notice.show(`${reason} Trying again in ${seconds} s.`);
  };

  fail(error) {
    this.setState("lost");
    if (!error.isOffline) return this.notice.show(error.message);
    this.notice.show(`${error.message} What you wrote is kept, and sent again once it does.`,
      { name: "Try now", run: () => this.run() });
    this.timer = setTimeout(() => this.run(), 1000 * this.retryS);
    this.retryS = Math.min(2 * this.retryS, LONGEST_RETRY_S);
  }

  isLost() {
    return this.result.dataset.state === "lost";
  }

  setState(state) {
    this.result.dataset.state = state;
    this.result.setAttribute("aria-busy", String(state === "stale"));
  }
}
