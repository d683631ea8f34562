import { get } from "./api.js";
import { watchConversation } from "./conversation.js";
import { byId } from "./dom.js";
import { watchFile } from "./file.js";
import { watchText } from "./live.js";

function showError(error) {
  if (error?.name === "AbortError") return;
  const alert = byId("alert");
  alert.textContent = error ? error.message : "";
  alert.hidden = !error;
}

try {
  const info = await get("info");
  const model = describe(info);
  byId("dashboard-link").hidden = !info.dashboard;
  watchText(model, showError);
  watchFile(model, showError);
  watchConversation(model, showError);
} catch (error) {
  showError(error);
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
    thresholds: { ...info.thresholds },
    sentimentOf,
    groupings: info.groupings,
    maxTexts: info.max_client_batch_size,
    maxChars: info.max_input_chars,
    maxBytes: info.max_body_bytes,
    maxTokens: info.max_input_length,
  };
}
