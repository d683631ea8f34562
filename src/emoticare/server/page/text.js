// The view of one text: its emotions in words, as bars, sentence by sentence, and why.

import { emotions } from "./api.js";
import { Bars } from "./bars.js";
import { asCurl, watchCopying } from "./copying.js";
import { HelpCard } from "./distress.js";
import { byId, element } from "./dom.js";
import { GroupBars } from "./groups.js";
import { json } from "./literals.js";
import { LiveAnswer } from "./live.js";
import { announce } from "./notices.js";
import { SentenceView } from "./sentences.js";
import { asText } from "./verdict.js";
import { WhyView } from "./why.js";

const FEW_SENTENCES = 4;
const EXAMPLE = "You were brilliant, thank you!";
const EXAMPLES = [
  "I'm so proud of everything we've built together!",
  "I'm terrified of what might happen next.",
  "Thanks, I guess. Not what I had hoped for.",
  "Wait, how does this even work?",
];
const WARNINGS = {
  not_english: "This does not look like English; the scores mean little.",
  out_of_domain: "This does not look like something said; the scores mean little.",
  too_short: "There is no word to read; the scores mean little.",
};

export function watchText(model) {
  return new TextView(model);
}

class TextView {
  constructor(model) {
    this.groups = new GroupBars(model);
    this.why = new WhyView();
    this.sentences = new SentenceView(model);
    this.bars = new Bars(model, () => this.draw(), (label) => this.why.open(label));
    this.help = new HelpCard("text-help");
    this.live = new LiveAnswer({
      name: "text", field: byId("text"), result: byId("text-result"), alert: "text-alert",
      clearButton: byId("clear-text"), maxChars: model.maxChars, example: EXAMPLE,
      ask: (text, how) => this.read(text, how),
      show: (text, answer, isExample) => this.show(text, answer, isExample),
    });
    byId("why").addEventListener("click", () => this.why.toggle(this.bars.leading()));
    watchCopying(byId("text-curl"), () => asCurl(this.answer.request));
    watchCopying(byId("text-json"), () => json(this.answer.result));
    this.offerExamples();
    this.live.run();
  }

  offerExamples() {
    for (const example of EXAMPLES) {
      const button = element("button", { type: "button" }, example);
      button.addEventListener("click", () => this.live.set(example));
      byId("examples").append(element("li", {}, button));
    }
  }

  // A few sentences are better read as one; see docs/documents.md.
  async read(text, how) {
    const start = performance.now();
    const options = { groups: this.groups.isOffered };
    const ask = async (more) => {
      const body = { text, ...options, ...more };
      const { results: [result] } = await emotions(body, how);
      return { result, request: { path: "v1/emotions", body } };
    };
    const isLong = this.sentences.isWorthReading(text);
    const [whole, read] = await Promise.all([ask({}), isLong ? ask({ spans: true }) : null]);
    const isByParts = read && (read.result.sentences.length > FEW_SENTENCES || whole.result.truncated);
    return {
      ...(isByParts ? read : whole),
      read: read?.result ?? null,
      warnings: whole.result.warnings,
      ms: performance.now() - start,
    };
  }

  show(text, answer, isExample) {
    this.answer = { text, ...answer };
    byId("text-example").textContent = isExample ? `For example: “${text}”` : "What your text carries";
    byId("timing").textContent = timing(answer);
    const warnings = answer.warnings.filter((name) => name in WARNINGS);
    byId("warning").textContent = warnings.map((name) => WARNINGS[name]).join(" ");
    byId("warning").hidden = !warnings.length;
    for (const id of ["why", "text-curl", "text-json"]) byId(id).disabled = false;
    this.why.setText(text, answer.result);
    this.bars.setResult(answer.result);
    this.groups.show(answer.result, (label) => this.bars.isOn(label));
    this.sentences.show(text, isExample ? null : answer.read);
    this.draw();
    if (isExample) return this.leaveHelp();
    announce(`${asText(this.bars.words())}. ${byId("warning").textContent}`);
    this.help.look([text, ...this.sentences.darkest()]);
  }

  leaveHelp() {
    this.help.leave();
    this.help.raise(false);
  }

  // Also after a threshold has moved.
  draw() {
    const parts = this.bars.words().map((part) =>
      (part.label ? element("span", { class: this.bars.model.sentimentOf[part.label] }, part.label) : part));
    byId("verdict").replaceChildren(...parts);
    byId("closest").textContent = byId("warning").hidden ? this.bars.closest() : "";
    this.sentences.draw(this.bars.found());
    this.groups.draw();
  }
}

function timing({ result, ms }) {
  const notes = [`${result.n_tokens} tokens`, `${Math.round(ms)} ms`];
  if (result.sentences?.length) notes.unshift(`${result.sentences.length} sentences`);
  return notes.join(" · ");
}
