// When turns were said, where the chat tells: seconds on one axis.

import { clock } from "./numbers.js";

const DAY_S = 86_400;

// Null unless every turn has a time, none before the one before it, and not all the same.
export function timesOf(turns) {
  const times = turns.map(({ time }) => seconds(time));
  const isUsable = times.every((time, i) => time !== null && (i === 0 || time >= times[i - 1]));
  return isUsable && times.at(-1) > times[0] ? times : null;
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
