// What the report says of a choice -> the rows of each chart and the values its expressions name.

const MOST_PAIRS = 12;
const MOST_GROUPS_NARROW = 5;
const FAR = 2;
const ROOM_ABOVE = 1.15;

// As Python writes numbers: a tie goes to the even digit.
function fixed(value, digits) {
  const scaled = value * 10 ** digits;
  const isTie = scaled - Math.floor(scaled) === 0.5 && Number.isInteger(value * 4);
  if (!isTie) return value.toFixed(digits);
  return (2 * Math.round(scaled / 2) / 10 ** digits).toFixed(digits);
}
const inNumber = (value) => fixed(value, value >= 9.95 || value === 0 ? 0 : 1);
const percent = (share) => (share === null ? "–" : `${inNumber(100 * share)}%`);
const count = (number) => number.toLocaleString("en-US");
const withCount = (share, texts) => `${percent(share)}  ·  ${count(texts)}`;
const isFeeling = (columns) => {
  const labels = new Set(columns.filter(({ isLabel }) => isLabel).map(({ name }) => name));
  labels.delete("neutral");
  return (name) => labels.has(name);
};

// How a group's share compares with all others', where chance cannot explain it.
function tone({ share, others, apart }) {
  if (!apart) return "no clear difference";
  if (share > others) return share >= FAR * others ? "at least twice as often" : "more often";
  return others >= FAR * share ? "at most half as often" : "less often";
}

function highestOf(rows) {
  const known = rows.filter(({ smoothed: share }) => share !== null);
  const most = Math.max(0, ...known.map((row) => row.smoothed));
  const high = known.length ? Math.max(...known.map((row) => row.high)) : 1;
  return Math.min(1, high, 1.5 * most * ROOM_ABOVE) || 0.01;
}

// Where the names at the ends of lines stand, pushed apart where they would overlap.
function endsOf(rows, gap) {
  const ends = new Map(rows.filter((row) => row.smoothed !== null).map((row) => [row.name, row]));
  let at = -gap;
  return [...ends.values()].sort((a, b) => a.smoothed - b.smoothed).map(({ name, sentiment, smoothed: share }) => {
    at = Math.max(share, at + gap);
    return { name, sentiment, at };
  });
}

const overTime = (summary, names, values) => {
  const rows = summary.course.filter(({ name }) => names.includes(name));
  return rows.length
    ? { rows, first: rows[0].t, last: rows.at(-1).t, ...values(rows) } : { rows };
};

const CONTENTS = {
  emotions(summary, { columns }) {
    const rows = summary.overall.filter(({ name, texts }) => texts && isFeeling(columns)(name))
      .sort((a, b) => b.texts - a.texts)
      .map((row) => ({ ...row, value: withCount(row.share, row.texts) }));
    return { rows, most: Math.max(...rows.map(({ high }) => high)) };
  },
  sentiments_over_time: (summary, data, { names, letter }) => overTime(summary, names, (rows) => {
    const most = highestOf(rows);
    return { most, ends: endsOf(rows, most * letter) };
  }),
  emotion_over_time: (summary, data, { names }) => overTime(summary, names, () => ({})),
  emotions_over_time: (summary, data, { names }) =>
    overTime(summary, names, (rows) => ({ most: highestOf(rows) })),
  groups(summary, data, { names }) {
    const rows = summary.groups.filter(({ name }) => names.includes(name)).map((row) => ({
      ...row, shown: percent(row.share), tone: tone(row), n: `n ${count(row.texts)}`,
    }));
    const groups = [...new Set(rows.map(({ group }) => group))];
    return { rows, shown: groups.slice(0, MOST_GROUPS_NARROW) };
  },
  group_intervals: (summary, data, { names }) => ({
    rows: summary.groups.filter(({ name }) => names.includes(name)).map((row) => ({
      ...row, value: `${percent(row.share)}  ·  n ${count(row.texts)}`,
    })),
  }),
  together(summary, { columns }) {
    const isShown = isFeeling(columns);
    const rows = summary.together.filter((row) => isShown(row.first) && isShown(row.second))
      .map((row) => ({ ...row, pair: [row.first, row.second].sort().join(" + ") }))
      .sort((a, b) => b.sure - a.sure || b.both - a.both)
      .slice(0, MOST_PAIRS)
      .map((row) => ({ ...row, value: withCount(row.of_all, row.both) }));
    return { rows, most: Math.max(...rows.map(({ of_all: share }) => share)) };
  },
};
