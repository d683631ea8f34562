// A chat: pasted or from a file, read by the server, and shown by speaker and turn by turn.

import { post } from "./api.js";
import { timeline } from "./conversation_charts.js";
import { events } from "./conversation_events.js";
import { MeansTable } from "./conversation_means.js";
import { timesOf } from "./conversation_times.js";
import { TurnList } from "./conversation_turns.js";
import { HelpCard, namesDanger } from "./distress.js";
import { byId, element } from "./dom.js";
import { bytesOf, decode } from "./file_bytes.js";
import { Notice } from "./notices.js";
import { forget, recall, remember } from "./state.js";

const MOST_EVENTS = 12;
const MOST_NAMED = 3;
const LEAST_MEAN = 0.1;
const FORMATS = {
  whatsapp: "WhatsApp’s export", slack: "Slack’s export", discord: "DiscordChatExporter’s JSON",
  vtt: "WebVTT", srt: "SRT", jsonl: "JSON lines", plain: "lines with names",
};
const EXAMPLE = `[10:02] Maya: Hi! Has my order been sent? I need it for a birthday on Saturday.
[10:04] Support: Hello Maya, thanks for asking. What is the number of the order?
[10:05] Maya: It is 4711. I already wrote that in my first mail, this is annoying.
[10:09] Support: I'm sorry. Let me check that for you.
[10:21] Maya: Hello? This is really annoying, it is the third time I ask!
[10:22] Support: It seems to be lost. I'm so sorry about that.
[10:23] Maya: Lost?! I am furious. What a terrible shop!
[10:31] Support: You are right. A new one goes out today by express, and we refund all of it.
[10:33] Maya: Oh wow, really? I did not expect that.
[10:34] Support: Promised. I hope it will be a wonderful birthday!
[10:36] Maya: Thank you so much! You saved the day, I love it :)`;

export function watchConversation(model) {
  const view = new ConversationView(model);
  byId("read-chat").addEventListener("click", () => view.run());
  byId("example-chat").addEventListener("click", () => view.read(EXAMPLE));
  byId("clear-chat").addEventListener("click", () => view.clear());
  byId("chat").addEventListener("input", () => view.changed());
  byId("spacing").addEventListener("change", () => view.drawTimeline());
  byId("chat-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) await view.open(file);
    event.target.value = "";
  });
  view.read(recall("chat") ?? EXAMPLE);
}

class ConversationView {
  constructor(model) {
    this.model = model;
    this.notice = new Notice("chat-alert");
    this.help = new HelpCard("chat-help");
    this.turns = new TurnList(model);
    this.means = new MeansTable(model);
    this.running = new AbortController();
    new ResizeObserver(() => this.drawTimeline()).observe(byId("timeline"));
  }

  async open(file) {
    this.opened = file;
    try {
      const bytes = await bytesOf(file);
      // Another file was opened meanwhile.
      if (file === this.opened) await this.read(decode(bytes).content);
    } catch (error) {
      if (file === this.opened) this.fail(new Error(`${file.name}: ${error.message}`));
    }
  }

  read(chat) {
    byId("chat").value = chat;
    this.changed();
    return this.run();
  }

  changed() {
    const { value } = byId("chat");
    if (value && value !== EXAMPLE) remember("chat", value);
    else forget("chat");
    this.stop();
    byId("chat-answer").dataset.state = "lost";
  }

  // What is being read is no longer what was asked.
  stop() {
    this.running.abort();
    byId("read-chat").textContent = "Read it";
  }

  clear() {
    this.stop();
    byId("chat").value = "";
    forget("chat");
    this.notice.clear();
    byId("chat-answer").hidden = true;
    byId("chat").focus();
  }

  async run() {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    this.notice.clear();
    byId("read-chat").textContent = "Reading …";
    const onWait = (reason, s) => this.notice.show(`${reason} Trying again in ${s} s.`);
    try {
      const chat = byId("chat").value;
      if (!chat.trim()) throw new Error("There is no chat yet. Paste one, or try the example.");
      const body = { chat, top_k: 6, moderate: true };
      const answer = await post({ path: "v1/conversations", body }, { signal, onWait });
      if (signal.aborted) return;
      if (!answer.turns.length) throw new Error(answer.problems[0]?.reason ?? "The chat is empty.");
      this.notice.clear();
      this.show(answer, chat === EXAMPLE);
    } catch (error) {
      if (error.name !== "AbortError") this.fail(error);
    }
    if (!signal.aborted) byId("read-chat").textContent = "Read it";
  }

  // What was read before stays, greyed, only while the server is away.
  fail(error) {
    byId("chat-answer").hidden ||= !error.isOffline;
    this.notice.show(error.message,
      error.isOffline ? { name: "Try again", run: () => this.run() } : null);
  }

  show(answer, isExample) {
    this.answer = answer;
    this.shown = answer.turns.map((turn) => ({ ...turn, sentiment: this.sentimentOf(turn) }));
    byId("chat-answer").hidden = false;
    byId("chat-result").hidden = false;
    byId("chat-answer").dataset.state = isExample ? "example" : "fresh";
    byId("chat-example").hidden = !isExample;
    byId("chat-verdict").replaceChildren(...this.verdict(answer.speakers));
    byId("chat-summary").textContent = summary(answer);
    this.help.raise(!isExample && this.shown.some(({ moderation }) => namesDanger(moderation)));
    byId("spacing").hidden = !timesOf(this.shown);
    this.drawTimeline();
    byId("chat-events").replaceChildren(...this.events());
    this.turns.show(this.shown);
    this.means.show(answer.speakers);
  }

  sentimentOf(turn) {
    return turn.labels.length ? this.model.sentimentOf[turn.labels[0]] : "neutral";
  }

  verdict(speakers) {
    const parts = speakers.slice(0, MOST_NAMED).flatMap(({ speaker, means }, i) => {
      const [label] = Object.keys(means).filter((name) => name !== "neutral")
        .sort((a, b) => means[b] - means[a]);
      const felt = means[label] < LEAST_MEAN ? "little feeling"
        : element("span", { class: this.model.sentimentOf[label] }, label);
      return [`${i ? "; " : ""}${speaker || "Somebody"}: ${means[label] < LEAST_MEAN ? "" : "mostly "}`, felt];
    });
    const nMore = speakers.length - MOST_NAMED;
    return nMore > 0 ? [...parts, `; and ${nMore} more`] : parts;
  }

  drawTimeline() {
    const roomPx = byId("timeline").clientWidth;
    if (!this.shown || !roomPx) return;
    const isByTime = byId("spacing").querySelector("input:checked").value === "time";
    byId("timeline").replaceChildren(timeline({
      turns: this.shown, speakers: this.answer.speakers, roomPx,
      times: isByTime ? timesOf(this.shown) : null, onTurn: (turn) => this.turns.open(turn),
    }));
  }

  events() {
    const found = events(this.shown);
    const shown = found.slice(0, MOST_EVENTS).map(({ turn, speaker, words, sign, sentiment, note }) =>
      element("li", { class: "event" },
        // Words between the parts, for those who listen.
        element("span", { class: `sign ${sentiment(this.model.sentimentOf)}`, "aria-hidden": "true" }, sign),
        element("strong", {}, `${speaker || "Somebody"}:`), " ",
        element("span", { class: sentiment(this.model.sentimentOf) }, words), " ",
        element("span", { class: "note" }, note ?? `turn ${turn}`)));
    if (found.length > MOST_EVENTS) {
      shown.push(element("li", { class: "note" }, `and ${found.length - MOST_EVENTS} more`));
    }
    return shown.length ? shown : [element("li", { class: "note" }, "Nothing rises, falls or is flagged.")];
  }
}

function summary({ turns, speakers, format, n_problems, n_skipped, problems }) {
  const parts = [`${count(turns.length, "turn")} of ${count(speakers.length, "speaker")}, read as ${FORMATS[format]}`];
  if (n_skipped) parts.push(`${n_skipped} notes or pictures left out`);
  if (n_problems) {
    parts.push(`${n_problems} could not be read (${problems[0].place}: ${problems[0].reason})`);
  }
  return `${parts.join("; ")}.`;
}

function count(n, word) {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}
