// The bytes of a file -> its text, and in which encoding it was. What is not text is refused.

const SIGNATURES = [
  [[0x50, 0x4b, 0x03, 0x04], "an Excel workbook or another archive"],
  [[0xd0, 0xcf, 0x11, 0xe0], "an old Excel or Word file"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF"],
  [[0x1f, 0x8b], "a compressed file"],
  [[0x89, 0x50, 0x4e, 0x47], "a picture"],
  [[0xff, 0xd8, 0xff], "a picture"],
  [[0x50, 0x41, 0x52, 0x31], "a Parquet file, which the command line reads"],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20], "an SQLite database, which the command line reads"],
];
const LOOKED_AT = 4096;
const MOST_BYTES = 100 * 2 ** 20;

export async function bytesOf(file) {
  if (file.size > MOST_BYTES) {
    throw new Error("The file is larger than 100 MB. The command line reads files of any size.");
  }
  return new Uint8Array(await file.arrayBuffer());
}

export function decode(bytes) {
  const head = bytes.subarray(0, LOOKED_AT);
  const known = SIGNATURES.find(([signature]) => signature.every((byte, i) => head[i] === byte));
  if (known) throw refused(known[1]);
  const wide = wideEncoding(head);
  if (wide) return { content: new TextDecoder(wide).decode(bytes), encoding: "UTF-16" };
  if (head.includes(0)) throw refused("binary");
  try {
    return { content: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "UTF-8" };
  } catch {
    if (nControls(head) > head.length / 50) throw refused("binary");
    return {
      content: new TextDecoder("windows-1252").decode(bytes),
      encoding: "Latin-1 (Windows-1252), as it is no UTF-8",
    };
  }
}

function refused(what) {
  return new Error(`Expected text, found ${what}. Save the table as CSV (in Excel: CSV UTF-8), and open that.`);
}

// By its mark, or by the zeros beside the letters of a plain text.
function wideEncoding(head) {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const pairs = Math.floor(head.length / 2);
  const zeros = [0, 0];
  for (let i = 0; i < 2 * pairs; i += 1) if (head[i] === 0) zeros[i % 2] += 1;
  if (zeros[1] > 0.7 * pairs && !zeros[0]) return "utf-16le";
  if (zeros[0] > 0.7 * pairs && !zeros[1]) return "utf-16be";
  return null;
}

function nControls(head) {
  return head.reduce((n, byte) => n + (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d)), 0);
}
