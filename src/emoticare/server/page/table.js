// Files of texts: CSV and TSV (RFC 4180), JSON lines, or one text a line.

export function readTable(name, content) {
  const kind = name.toLowerCase().split(".").pop();
  if (kind === "jsonl" || kind === "ndjson") return readJsonLines(content);
  if (kind === "csv" || kind === "tsv") return readSeparated(content, kind);
  const rows = content.split(/\r?\n/).filter((line) => line.trim()).map((line) => [line]);
  return { columns: ["text"], rows };
}

function readJsonLines(content) {
  const records = content.split("\n").map((line) => line.trim()).filter(Boolean)
    .map((line, i) => readRecord(line, i + 1));
  const columns = [...new Set(records.flatMap(Object.keys))];
  const rows = records.map((record) => columns.map((column) => asText(record[column])));
  return { columns, rows };
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
  const firstLine = content.split(/\r?\n/, 1)[0];
  const marks = kind === "tsv" ? ["\t"] : [",", ";", "\t"];
  const count = (mark) => firstLine.split(mark).length;
  const mark = marks.reduce((best, other) => (count(other) > count(best) ? other : best));
  const [header, ...rows] = parse(content, mark);
  if (!header) return { columns: [], rows: [] };
  return {
    columns: header.map((name, i) => name.trim() || `column ${i + 1}`),
    rows: rows.filter((row) => row.length > 1 || row[0] !== "")
      .map((row) => header.map((_, i) => row[i] ?? "")),
  };
}

function parse(content, mark) {
  const rows = [];
  let row = [];
  let start = 0;
  while (start <= content.length) {
    const { value, end } = readValue(content, start, mark);
    row.push(value);
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

export function guessTextColumn({ columns, rows }) {
  const named = columns.findIndex((name) => /^(text|texts|comment|message|body|content)$/i.test(name));
  if (named >= 0) return named;
  const lengths = columns.map((_, i) =>
    rows.slice(0, 100).reduce((sum, row) => sum + row[i].length, 0));
  return lengths.indexOf(Math.max(...lengths));
}

export function writeCsv(columns, rows) {
  const quote = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return [columns, ...rows].map((row) => `${row.map(String).map(quote).join(",")}\r\n`);
}
