// The panel beside a route: its request in the reader's language, the answer, and a way to send it.

import { watchCopying } from "./copying.js";
import { element } from "./dom.js";
import { json } from "./literals.js";
import { LANGUAGES, sample } from "./samples.js";
import { recall, remember } from "./state.js";

const TRY = "Try it";
const KEPT = "language";

const panels = [];
let language = LANGUAGES.find((one) => one === recall(KEPT)) ?? LANGUAGES[0];
let key = "";

export function useKey(typed) {
  key = typed.trim();
}

// route: method, url, needsKey, isJson; requests and answers by name; parameters of the query.
export class Panel {
  constructor(route) {
    this.route = route;
    this.names = Object.keys(route.requests);
    this.name = this.names[0];
    this.isTried = false;
    this.tabs = [...LANGUAGES, TRY].map((word) => this.tab(word));
    this.code = codeBlock("The request");
    this.trial = this.form();
    this.answer = codeBlock("The answer");
    this.heard = element("p", { class: "heard", role: "status" });
    this.node = element("div", { class: "panel" },
      ...(this.names.length > 1 ? [this.choice()] : []),
      element("div", { class: "tabs", role: "group", "aria-label": "Language" }, ...this.tabs),
      this.code.node, this.trial,
      element("div", { class: "answer" }, this.heard, this.answer.node));
    panels.push(this);
    this.show();
  }

  tab(word) {
    const button = element("button", { type: "button" }, word);
    button.addEventListener("click", () => {
      this.isTried = word === TRY;
      if (!this.isTried) {
        language = word;
        remember(KEPT, word);
      }
      for (const panel of panels) panel.showCode();
      if (this.isTried) this.trial.querySelector("textarea, input, button").focus();
    });
    return button;
  }

  choice() {
    const select = element("select", {}, ...this.names.map((name) => element("option", {}, name)));
    select.addEventListener("change", () => {
      this.name = select.value;
      this.show();
    });
    return element("label", { class: "example" }, "Example ", select);
  }

  form() {
    const { requests, parameters } = this.route;
    this.body = element("textarea", { "aria-label": "Body of the request", spellcheck: "false", rows: 8 });
    this.inputs = parameters.map(({ name, schema }) =>
      element("input", { name, value: schema.default ?? "", autocomplete: "off" }));
    const form = element("form", { class: "trial" },
      ...(requests[this.name] === undefined ? [] : [this.body]),
      ...this.inputs.map((input) => element("label", {}, `${input.name} `, input)),
      element("button", { type: "submit" }, "Send"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.body.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    return form;
  }

  show() {
    const example = this.route.answers[this.name];
    this.body.value = json(this.route.requests[this.name]) ?? "";
    this.heard.textContent = example === undefined ? "Send it to see an answer." : "Answer, 200";
    this.heard.className = "heard";
    this.answer.node.hidden = example === undefined;
    this.answer.write(json(example) ?? "");
    this.showCode();
  }

  showCode() {
    const chosen = this.isTried ? TRY : language;
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", tab.textContent === chosen);
    this.code.node.hidden = this.isTried;
    this.trial.hidden = !this.isTried;
    this.code.write(sample(language, { ...this.route, body: this.route.requests[this.name] }));
  }

  async send() {
    const { method, url } = this.route;
    const asked = new URL(url);
    for (const { name, value } of this.inputs) if (value !== "") asked.searchParams.set(name, value);
    this.heard.className = "heard";
    this.heard.textContent = "Sending…";
    this.sending?.abort();
    this.sending = new AbortController();
    const { signal } = this.sending;
    const start = performance.now();
    try {
      const response = await fetch(asked, {
        method: method.toUpperCase(),
        signal,
        headers: {
          ...(method === "post" && { "Content-Type": "application/json" }),
          ...(key && { Authorization: `Bearer ${key}` }),
        },
        ...(method === "post" && { body: this.body.value }),
      });
      const text = await response.text();
      const ms = Math.round(performance.now() - start);
      this.heard.textContent = `Answer of this server, ${response.status}, after ${ms} ms`;
      this.heard.classList.toggle("refused", !response.ok);
      this.answer.write(indented(text));
    } catch {
      if (signal.aborted) return;
      this.heard.textContent = "The server does not answer. Is it still running?";
      this.heard.classList.add("refused");
      this.answer.write("");
    }
    this.answer.node.hidden = !this.answer.text();
  }
}

export function codeBlock(name, text = "") {
  const code = element("code");
  const copy = element("button", { type: "button", class: "copy" }, "Copy");
  copy.setAttribute("aria-label", `Copy ${name[0].toLowerCase()}${name.slice(1)}`);
  const pre = element("pre", { tabindex: 0, role: "group", "aria-label": name }, code);
  watchCopying(copy, () => code.textContent);
  const write = (words) => code.replaceChildren(...tinted(words));
  write(text);
  return { node: element("div", { class: "code" }, pre, copy), write, text: () => code.textContent };
}

// Strings and numbers stand out; all of it stays text.
function tinted(words) {
  return words.split(/("(?:[^"\\\n]|\\.)*"|(?<=[\s[:])-?\d+(?:\.\d+)?(?=[,\s\]}]|$))/).map((part, i) => {
    if (i % 2 === 0) return part;
    return element("span", { class: part.startsWith('"') ? "string" : "number" }, part);
  });
}

function indented(text) {
  try {
    return json(JSON.parse(text));
  } catch {
    return text;
  }
}
