import { get } from "./api.js";
import { watchConversation } from "./conversation.js";
import { byId } from "./dom.js";
import { watchFile } from "./file.js";
import { watchModeration } from "./moderate.js";
import { Notice } from "./notices.js";
import { recall } from "./state.js";
import { watchText } from "./text.js";
import { watchViews, whenOpened } from "./views.js";

const RETRY_MS = 2000;

const notice = new Notice("alert");
document.querySelector(".skip").addEventListener("click", (event) => {
  // Its address would be that of a view.
  event.preventDefault();
  byId("main").focus();
});
watchViews();
await start();

async function start() {
  for (;;) {
    try {
      const info = await get("info");
      notice.clear();
      byId("dashboard-link").hidden = !info.dashboard;
      return watch(describe(info));
    } catch (error) {
      notice.show(`${error.message} Trying again every few seconds.`);
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

function watch(model) {
  watchFile(model);
  whenOpened("text", () => watchText(model));
  whenOpened("conversation", () => watchConversation(model));
  whenOpened("moderate", () => watchModeration(model));
}

function describe(info) {
  const sentimentOf = {};
  for (const [sentiment, labels] of Object.entries(info.sentiments)) {
    for (const label of labels) sentimentOf[label] = sentiment;
  }
  for (const label of info.labels) sentimentOf[label] ??= "neutral";
  return {
    labels: info.labels,
    ownThresholds: info.thresholds,
    documentThresholds: info.document_thresholds,
    thresholds: { ...info.thresholds, ...recall("thresholds") },
    sentimentOf,
    groupings: info.groupings,
    maxTexts: info.max_client_batch_size,
    maxChars: info.max_input_chars,
    maxBytes: info.max_body_bytes,
  };
}
