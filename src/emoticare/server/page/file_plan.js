// What a file holds, before anything is scored: its form, a preview, and what to be wary of.

import { byId, element } from "./dom.js";
import { guessTextColumn, textColumns } from "./table.js";

const PREVIEWED = 5;
const PREVIEWED_SIGNS = 200;
// How much of the column before stays in sight, so that there is one to be seen.
const PREVIEWED_BEFORE = 40;

// Throws if no column holds words.
export function showPlan({ name, table, encoding, maxChars }) {
  const { columns, rows, layout } = table;
  const wordy = textColumns(table);
  if (!wordy.length) {
    throw new Error("Expected a column of texts, found only numbers, dates and marks in all of " +
      `${columns.length === 1 ? "its one column" : `its ${columns.length} columns`}.`);
  }
  byId("file-summary").textContent = `${name}: ${count(rows.length)} texts`;
  byId("file-format").textContent = [encoding, layout, columns.length > 1 && `${columns.length} columns`]
    .filter(Boolean).join(" · ");
  byId("column").replaceChildren(...wordy.map((i) => element("option", { value: i }, columns[i])));
  byId("column").value = String(guessTextColumn(table, wordy));
  byId("column-choice").hidden = columns.length < 2;
  byId("file-progress").hidden = true;
  byId("file-plan").hidden = false;
  showColumn(table, maxChars);
}

export function showColumn(table, maxChars) {
  const { columns, rows, nRagged } = table;
  const chosen = Number(byId("column").value);
  const cell = (name, i, value) =>
    element(name, i === chosen ? { class: "chosen" } : {}, value.slice(0, PREVIEWED_SIGNS));
  byId("preview").replaceChildren(
    element("thead", {}, element("tr", {}, ...columns.map((value, i) => cell("th", i, value)))),
    element("tbody", {}, ...rows.slice(0, PREVIEWED).map((row) =>
      element("tr", {}, ...row.map((value, i) => cell("td", i, value))))));
  showInSight(byId("preview").querySelector("th.chosen"));
  const nEmpty = rows.filter((row) => !row[chosen].trim()).length;
  const nLong = rows.filter((row) => row[chosen].length > maxChars).length;
  const cautions = [
    nEmpty && `${count(nEmpty)} rows have no text.`,
    nLong && `${count(nLong)} texts have more than ${count(maxChars)} characters; only their beginning is read.`,
    nRagged && `${count(nRagged)} rows have more or fewer fields than the header; its last column holds the rest.`,
  ].filter(Boolean);
  byId("file-cautions").textContent = cautions.join(" ");
  byId("file-cautions").hidden = !cautions.length;
}

// Of a wide table on a phone, the chosen column is what matters.
function showInSight(cell) {
  const box = byId("preview").parentElement;
  const end = cell.offsetLeft + cell.offsetWidth;
  box.scrollLeft = end > box.clientWidth ? cell.offsetLeft - PREVIEWED_BEFORE : 0;
}

export function count(n) {
  return n.toLocaleString("en");
}
