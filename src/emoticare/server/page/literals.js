// Values as programs and shells write them.

export function json(value) {
  return JSON.stringify(value, null, 2);
}

export function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
