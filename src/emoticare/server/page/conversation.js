// A chat: pasted or from a file, read by the server, and shown by speaker.

import { conversation } from "./api.js";
import { heatMap, timeline } from "./conversation_charts.js";
import { byId, element } from "./dom.js";
import { clock } from "./numbers.js";

const MOST_EVENTS = 12;
const MOST_SINGLE_FLAGS = 6;
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

export function watchConversation(model, showError) {
  const reading = new Reading(model, showError);
  byId("read-chat").addEventListener("click", () => reading.run());
  byId("example-chat").addEventListener("click", () => {
    byId("chat").value = EXAMPLE;
    reading.run();
  });
  byId("chat-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    byId("chat").value = await file.text();
    event.target.value = "";
    reading.run();
  });
}

class Reading {
  constructor(model, showError) {
    this.model = model;
    this.showError = showError;
    this.running = new AbortController();
  }

  async run() {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    this.showError(null);
    byId("chat-result").hidden = true;
    byId("chat-summary").textContent = "Reading …";
    try {
      const chat = byId("chat").value;
      if (!chat.trim()) throw new Error("There is no chat yet. Paste one, or try the example.");
      const answer = await conversation(chat, signal);
      if (!answer.turns.length) throw new Error(answer.problems[0]?.reason ?? "The chat is empty.");
      this.show(answer);
    } catch (error) {
      if (error.name === "AbortError") return;
      byId("chat-summary").textContent = "";
      this.showError(error);
    }
  }

  show(answer) {
    byId("chat-summary").textContent = summary(answer);
    byId("chat-result").hidden = false;
    const roomPx = byId("timeline").clientWidth;
    const turns = answer.turns.map((turn) => ({ ...turn, sentiment: this.sentimentOf(turn) }));
    byId("timeline").replaceChildren(timeline(turns, answer.speakers, roomPx));
    byId("heat-map").replaceChildren(heatMap(answer.speakers, this.model.sentimentOf, roomPx));
    byId("chat-events").replaceChildren(...this.events(turns));
    byId("turns").replaceChildren(...turns.map((turn) => this.turn(turn)));
  }

  sentimentOf(turn) {
    return turn.labels.length ? this.model.sentimentOf[turn.labels[0]] : "neutral";
  }

  events(turns) {
    const found = [...shifts(turns), ...flags(turns)].sort((a, b) => a.turn - b.turn);
    const shown = found.slice(0, MOST_EVENTS).map(({ turn, speaker, words, label, note }) =>
      element("li", {},
        // Words between the parts, for those who listen.
        element("strong", {}, `${speaker || "Somebody"}:`), " ",
        element("span", { class: label ? this.model.sentimentOf[label] : "negative" }, words), " ",
        element("span", { class: "note" }, note ?? `turn ${turn}`)));
    if (found.length > MOST_EVENTS) {
      shown.push(element("li", { class: "note" }, `and ${found.length - MOST_EVENTS} more`));
    }
    return shown.length ? shown : [element("li", { class: "note" }, "Nothing rises, falls or is flagged.")];
  }

  turn(turn) {
    const labels = turn.labels.filter((label) => label in turn.scores).flatMap((label) => {
      const words = `${label} ${Math.round(100 * turn.scores[label])} %`;
      return [" ", element("span", { class: this.model.sentimentOf[label] }, words)];
    });
    const who = element("p", { class: "who" },
      [turn.speaker || "Somebody", clock(turn.time)].filter(Boolean).join(", "), ...labels);
    return element("li", {}, who, element("p", {}, turn.text));
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

// Of a shift that goes on from turn to turn, the last word.
function shifts(turns) {
  const found = [];
  const going = new Map();
  for (const { turn, speaker, shifts } of turns) {
    const before = going.get(speaker) ?? new Map();
    const now = new Map();
    for (const { label, direction, n_turns, words } of shifts) {
      const last = before.get(label + direction);
      const event = last?.n_turns === n_turns - 1 ? last : { speaker, label };
      if (event !== last) found.push(event);
      Object.assign(event, { turn, n_turns, words });
      now.set(label + direction, event);
    }
    going.set(speaker, now);
  }
  return found;
}

// Many flags are told by speaker and category.
function flags(turns) {
  const flagged = turns.filter(({ moderation }) => moderation.flagged);
  const event = ({ turn, speaker, moderation: { findings: [first] } }) =>
    ({ turn, speaker, words: `flagged as ${first.category}`, note: `turn ${turn}. ${first.reason}` });
  const found = flagged.map(event);
  if (found.length <= MOST_SINGLE_FLAGS) return found;
  const grouped = Map.groupBy(found, ({ speaker, words }) => JSON.stringify([speaker, words]));
  return [...grouped.values()].map(([first, ...others]) => ({
    ...first,
    words: others.length ? `${first.words}, ${others.length + 1} turns` : first.words,
    note: others.length ? `from turn ${first.turn} to turn ${others.at(-1).turn}` : first.note,
  }));
}

function count(n, word) {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}
