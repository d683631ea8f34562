// Moments as people read them, in the time of this browser, and where an axis names them.

const HOUR_MS = 3_600_000;
const DAY_H = 24;
const LOCALE = "en-GB";

const format = (options) => new Intl.DateTimeFormat(LOCALE, options);
const moment = format({
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
});
const day = format({ day: "numeric", month: "short", year: "numeric" });

// How an axis of up to so many hours is marked: where, with which words, and what they belong to.
const AXES = [
  {
    hours: 2 * DAY_H,
    isMark: (date) => date.getHours() % 6 === 0,
    word: format({ hour: "2-digit", minute: "2-digit" }), of: day,
  },
  {
    hours: 14 * DAY_H,
    isMark: (date) => date.getHours() === 0,
    word: format({ weekday: "short", day: "numeric" }), of: format({ month: "short", year: "numeric" }),
  },
  {
    hours: 62 * DAY_H,
    isMark: (date) => date.getHours() === 0 && date.getDay() === 1,
    word: format({ day: "numeric", month: "short" }), of: format({ year: "numeric" }),
  },
  {
    hours: Infinity,
    isMark: (date) => date.getHours() === 0 && date.getDate() === 1,
    word: format({ month: "short" }), of: format({ year: "numeric" }),
  },
];

export function span(startS, hours) {
  return moment.formatRange(1000 * startS, 1000 * startS + hours * HOUR_MS);
}

export function dayOf(startS) {
  return day.format(1000 * startS);
}

export function axisMarks(startS, hours) {
  const { isMark, word, of } = AXES.find((axis) => hours <= axis.hours);
  const marks = [];
  let last = "";
  for (let hour = 0; hour < hours; hour += 1) {
    const date = new Date(1000 * startS + hour * HOUR_MS);
    if (!isMark(date)) continue;
    const belongsTo = of.format(date);
    marks.push({ hour, word: word.format(date), of: belongsTo === last ? "" : belongsTo });
    last = belongsTo;
  }
  return marks;
}
