// When turns were said, where the chat tells: seconds on one axis.

import { clock } from "./numbers.js";

export const DAY_S = 86_400;
const STEPS_S = [
  1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 4 * 3600, 6 * 3600, 12 * 3600,
  DAY_S, 2 * DAY_S, 5 * DAY_S, 10 * DAY_S, 20 * DAY_S, 50 * DAY_S, 100 * DAY_S, 200 * DAY_S, 500 * DAY_S,
];

// Null unless every turn has a time, none before the one before it, and not all the same.
export function timesOf(turns) {
  const times = turns.map(({ time }) => seconds(time));
  const isUsable = times.every((time, i) => time !== null && (i === 0 || time >= times[i - 1]));
  return isUsable && times.at(-1) > times[0] ? times : null;
}

// The round times between two; none for longer than anybody talks.
export function roundTimes(from, to, most) {
  const step = STEPS_S.find((one) => (to - from) / one <= most);
  if (!step) return [];
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
}

function seconds(time) {
  if (typeof time === "number") return time;
  if (time === null) return null;
  // As its writer's clock said it, wherever that was.
  const parsed = Date.parse(`${time.slice(0, 19)}Z`);
  return Number.isNaN(parsed) ? null : parsed / 1000;
}

export function timeInWords(at, turns, spanS) {
  if (typeof turns[0].time === "number") return clock(at);
  const words = new Date(1000 * at).toISOString();
  return spanS < DAY_S ? words.slice(11, 16) : words.slice(0, 16).replace("T", " ");
}
