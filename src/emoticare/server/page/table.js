// Files of texts: CSV and TSV (RFC 4180), JSON lines, or one text a line.

const MARKS = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };
const MOST_COLUMNS = 300;
// What a tab has the memory for.
const MOST_ROWS = 1e6;
const MOST_CELLS = 1e7;
const SAMPLED = 1000;
const LEAST_WORDY = 0.2;
const WORDS = /\p{L}{2}|\p{Extended_Pictographic}|^\P{N}*\p{L}\P{N}*$/u;
const NO_WORDS = /^(true|false|yes|no|nan|null|none|n\/a|[-+.\d]+e[-+]?\d+)$/i;

// Returns columns, rows, how the file is laid out, and how many rows do not fit its header.
export function readTable(name, content) {
  const kind = name.toLowerCase().split(".").pop();
  if (kind === "jsonl" || kind === "ndjson") return readJsonLines(content);
  if (kind === "csv" || kind === "tsv") return readSeparated(content, kind);
  const rows = linesOf(content).map((line) => [line]);
  return { columns: ["text"], rows, layout: "a text a line", nRagged: 0 };
}

function readJsonLines(content) {
  const records = linesOf(content).map((line, i) => readRecord(line, i + 1));
  const columns = [...columnsOf(records)];
  checkSize(records.length, columns.length);
  const rows = records.map((record) => columns.map((column) => (Object.hasOwn(record, column) ? asText(record[column]) : "")));
  return { columns, rows, layout: "JSON lines", nRagged: 0 };
}

// Every key is a column, so a file with other keys in each line is refused before it fills the memory.
function columnsOf(records) {
  const columns = new Set();
  for (const record of records) {
    for (const key of Object.keys(record)) columns.add(key);
    checkColumns(columns.size);
  }
  return columns;
}

function linesOf(content) {
  let n = 1;
  for (let end = content.indexOf("\n"); end >= 0; end = content.indexOf("\n", end + 1)) checkSize(n += 1, 1);
  return content.split(/\r?\n/).filter((line) => line.trim());
}

function checkSize(nRows, nColumns) {
  if (nRows <= MOST_ROWS && nRows * nColumns <= MOST_CELLS) return;
  throw new Error(`Expected at most ${MOST_ROWS.toLocaleString("en")} rows and ` +
    `${MOST_CELLS.toLocaleString("en")} cells, found more. The command line reads files of any size.`);
}

function checkColumns(n) {
  if (n > MOST_COLUMNS) {
    throw new Error(`Expected at most ${MOST_COLUMNS} columns, found more. ` +
      "Leave out those that are not needed, and open the file again.");
  }
}

function readRecord(line, number) {
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`Line ${number} of the file is not JSON.`);
  }
  if (typeof value === "string") return { text: value };
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error(`Line ${number} of the file is neither an object nor a string.`);
  }
  return value;
}

function asText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function readSeparated(content, kind) {
  const firstLine = content.split(/\r?\n/, 1)[0].replace(/"[^"]*"/g, "");
  const marks = kind === "tsv" ? ["\t"] : Object.keys(MARKS);
  const count = (mark) => firstLine.split(mark).length;
  const mark = marks.reduce((best, other) => (count(other) > count(best) ? other : best));
  const [header = [], ...lines] = parse(content, mark);
  checkColumns(header.length);
  const rows = lines.filter((row) => row.length > 1 || row[0] !== "");
  checkSize(rows.length, header.length);
  return {
    columns: header.map((name, i) => name.trim() || `column ${i + 1}`),
    rows: rows.map((row) => fitted(row, header.length, mark)),
    layout: header.length > 1 ? `separated by ${MARKS[mark]}` : "one column",
    nRagged: rows.filter((row) => row.length !== header.length).length,
  };
}

// Nothing is lost of a row with too many fields: the last column holds the rest.
function fitted(row, nColumns, mark) {
  const last = nColumns - 1;
  const kept = row.length > nColumns ? [...row.slice(0, last), row.slice(last).join(mark)] : row;
  return Array.from({ length: nColumns }, (_, i) => kept[i] ?? "");
}

function parse(content, mark) {
  const rows = [];
  let row = [];
  let nCells = 0;
  let start = 0;
  while (start <= content.length) {
    const { value, end } = readValue(content, start, mark);
    row.push(value);
    checkSize(rows.length, 1);
    checkSize(1, nCells += 1);
    if (content[end] !== mark) {
      rows.push(row);
      row = [];
    }
    start = end + (content.startsWith("\r\n", end) ? 2 : 1);
    if (start >= content.length && content[end] !== mark) break;
  }
  return rows;
}

function readValue(content, start, mark) {
  if (content[start] !== '"') return readUnquoted(content, start, mark);
  let value = "";
  let from = start + 1;
  for (;;) {
    const quote = content.indexOf('"', from);
    if (quote < 0) throw new Error("The file has a quotation mark that is never closed.");
    value += content.slice(from, quote);
    if (content[quote + 1] !== '"') {
      const rest = readUnquoted(content, quote + 1, mark);
      return { value: value + rest.value, end: rest.end };
    }
    value += '"';
    from = quote + 2;
  }
}

function readUnquoted(content, start, mark) {
  let end = start;
  while (end < content.length && content[end] !== mark && !"\r\n".includes(content[end])) end += 1;
  return { value: content.slice(start, end), end };
}

// The columns that hold words rather than numbers, dates or marks.
export function textColumns({ columns, rows }) {
  const sample = rows.slice(0, SAMPLED);
  return columns.map((_, i) => i).filter((i) => {
    const values = sample.map((row) => row[i].trim()).filter(Boolean);
    const wordy = values.filter((value) => WORDS.test(value) && !NO_WORDS.test(value));
    return wordy.length > 0 && wordy.length >= LEAST_WORDY * values.length;
  });
}

export function guessTextColumn({ columns, rows }, among) {
  const isNamed = (i) => /^(text|texts|comment|message|body|content|review)$/i.test(columns[i]);
  const named = among.find(isNamed);
  if (named !== undefined) return named;
  const length = (i) => rows.slice(0, SAMPLED).reduce((sum, row) => sum + row[i].length, 0);
  return among.reduce((best, i) => (length(i) > length(best) ? i : best));
}

export function writeCsv(columns, rows) {
  const quote = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return [columns, ...rows].map((row) => `${row.map(String).map(quote).join(",")}\r\n`);
}
