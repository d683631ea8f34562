// A conversation as SVG: a lane of turns for each speaker, spaced by time or by turn.

import { SENTIMENTS, chart, fit } from "./charts.js";
import { DAY_S, roundTimes, timeInWords } from "./conversation_times.js";
import { svgElement } from "./dom.js";

const MOST_LANES = 8;
const LANE = 56;
const TOP = 14;
const TALLEST = 34;
// Narrower turns are stacked in bins.
const LEAST_STEP = 5;
const BIN = 12;
const NARROW = 560;
const WIDEST = 1100;
const TICKS = 4;
const LETTER = 7;
const WIDEST_BAR = 28;
const BAR_IN_TIME = 10;

// `times` are the seconds of the turns, or null for turns in even steps.
export function timeline({ turns, speakers, roomPx, times, onTurn }) {
  const width = fit(roomPx, WIDEST);
  const left = width < NARROW ? 76 : 130;
  const lanes = new Map(speakers.slice(0, MOST_LANES).map(({ speaker }, i) => [speaker, i]));
  const scale = times ? byTime(times, left, width) : byTurn(turns.length, left, width);
  const isDense = (width - left) / turns.length < LEAST_STEP;
  const marks = isDense ? bins(turns, lanes, scale, { left, width })
    : turns.flatMap((turn, i) => (lanes.has(turn.speaker)
      ? [bar(turn, scale.x(i), scale.size, base(lanes.get(turn.speaker)))] : []));
  const bottom = TOP + lanes.size * LANE;
  const drawn = chart(words(turns, speakers, lanes), width, bottom + 26, [
    ...[...lanes].map(([speaker, lane]) => laneOf(speaker, lane, left, width)),
    ...marks, ...ticks(turns, scale, { width, bottom }),
  ]);
  drawn.addEventListener("click", (event) => {
    const turn = event.target.closest("[data-turn]");
    if (turn) onTurn(Number(turn.dataset.turn));
  });
  return drawn;
}

function byTurn(n, left, right) {
  const step = (right - left) / n;
  const gap = step > 4 ? Math.min(6, step / 5) : 0;
  const at = (part) => {
    const turn = Math.round(part * (n - 1));
    return { x: left + (turn + 0.5) * step, turn };
  };
  return { x: (i) => left + (i + 0.5) * step, at, size: Math.min(WIDEST_BAR, step - gap) };
}

function byTime(times, left, right) {
  const [from, to] = [times[0], times.at(-1)];
  const room = right - left - BAR_IN_TIME;
  const x = (seconds) => left + BAR_IN_TIME / 2 + (room * (seconds - from)) / (to - from);
  const at = (part) => {
    const seconds = from + part * (to - from);
    return { x: x(seconds), seconds };
  };
  const round = (most) => roundTimes(from, to, most).map((seconds) => ({ x: x(seconds), seconds }));
  return { x: (i) => x(times[i]), at, round, size: BAR_IN_TIME, spanS: to - from };
}

function laneOf(speaker, lane, left, width) {
  return svgElement("g", {},
    svgElement("line", { class: "lane", x1: left, x2: width, y1: base(lane), y2: base(lane) }),
    svgElement("text", { x: 0, y: base(lane) - 6 }, short(speaker, left)));
}

// Round times; else the ends of the axis, and what lies between where there is room.
function ticks(turns, scale, { width, bottom }) {
  const isLong = scale.spanS === undefined || scale.spanS >= DAY_S;
  const most = width < NARROW && isLong ? 2 : TICKS;
  const round = scale.round?.(most) ?? [];
  const n = Math.min(most, turns.length - 1) || 1;
  const places = round.length > 1 ? round : Array.from({ length: n + 1 }, (_, i) => scale.at(i / n));
  return places.map(({ x, turn, seconds }) => {
    const word = seconds === undefined
      ? `turn ${turns[turn].turn}` : timeInWords(seconds, turns, scale.spanS);
    const place = Math.min(x, width - (word.length * LETTER) / 2);
    return svgElement("g", {},
      svgElement("line", { class: "lane", x1: x, x2: x, y1: bottom - 6, y2: bottom }),
      svgElement("text", { class: "tick", x: place, y: bottom + 20, "text-anchor": "middle" }, word));
  });
}

function bar(turn, x, size, y) {
  const best = turn.labels.length ? turn.scores[turn.labels[0]] : 0.15;
  const height = 4 + 28 * best;
  const parts = [svgElement("rect", {
    x: x - size / 2, y: y - height, width: Math.max(1, size), height, rx: Math.min(3, size / 3),
  })];
  for (const { direction } of turn.shifts.slice(0, 1)) parts.push(marker(direction, x, y - height - 4));
  const felt = turn.labels.length ? turn.labels.join(", ") : "no emotion above its threshold";
  const shifted = turn.shifts.map((shift) => `; ${shift.words}`).join("");
  const name = `Turn ${turn.turn}, ${turn.speaker || "Somebody"}: ${felt}${shifted}`;
  return svgElement("g", { class: `turn ${turn.sentiment}`, "data-turn": turn.turn },
    // Room for a finger.
    svgElement("rect", {
      class: "room", x: x - Math.max(6, size / 2), y: y - LANE + 8, width: Math.max(12, size), height: LANE - 8,
    }),
    ...parts, svgElement("title", {}, name));
}

function bins(turns, lanes, scale, { left, width: right }) {
  const nBins = Math.floor((right - left) / BIN);
  const width = (right - left) / nBins;
  const stacks = new Map();
  turns.forEach((turn, i) => {
    if (!lanes.has(turn.speaker)) return;
    const bin = Math.min(nBins - 1, Math.floor((scale.x(i) - left) / width));
    const key = `${lanes.get(turn.speaker)} ${bin}`;
    if (!stacks.has(key)) stacks.set(key, { lane: lanes.get(turn.speaker), bin, turns: [] });
    stacks.get(key).turns.push(turn);
  });
  const most = Math.max(...[...stacks.values()].map((stack) => stack.turns.length));
  return [...stacks.values()].map((stack) =>
    bin(stack, left + stack.bin * width, width, TALLEST / most));
}

function bin({ lane, turns }, x, width, unit) {
  let y = base(lane);
  const parts = SENTIMENTS.flatMap((sentiment) => {
    const height = unit * turns.filter((turn) => turn.sentiment === sentiment).length;
    y -= height;
    return height ? [svgElement("rect", { class: sentiment, x: x + 1, y, width: width - 2, height })] : [];
  });
  const shifts = turns.flatMap((turn) => turn.shifts);
  for (const { direction } of shifts.slice(0, 1)) parts.push(marker(direction, x + width / 2, y - 4));
  const shifted = shifts.map((shift) => `; ${shift.words}`).join("");
  const name = `${turns[0].speaker || "Somebody"}, turns ${turns[0].turn} to ${turns.at(-1).turn}${shifted}`;
  return svgElement("g", { class: "turn", "data-turn": turns[0].turn },
    ...parts, svgElement("title", {}, name));
}

function marker(direction, x, y) {
  const points = direction === "rising"
    ? `${x - 4.5},${y} ${x + 4.5},${y} ${x},${y - 8}`
    : `${x - 4.5},${y - 8} ${x + 4.5},${y - 8} ${x},${y}`;
  return svgElement("polygon", { class: "marker", points });
}

function words(turns, speakers, lanes) {
  const more = speakers.length > MOST_LANES ? `, the ${MOST_LANES} who speak most shown` : "";
  return `Timeline of ${turns.length} turns by ${speakers.length} speakers${more}. ` +
    `${[...lanes.keys()].map((speaker) => shares(turns, speaker)).join("; ")}.`;
}

function shares(turns, speaker) {
  const own = turns.filter((turn) => turn.speaker === speaker);
  const counts = {};
  for (const turn of own) counts[turn.sentiment] = (counts[turn.sentiment] ?? 0) + 1;
  const parts = Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([name, n]) => `${n} ${name}`);
  return `${speaker || "Somebody"}: ${parts.join(", ")}`;
}

function base(lane) {
  return TOP + (lane + 1) * LANE - 8;
}

function short(name, widthPx) {
  const most = Math.floor(widthPx / 8.2);
  const shown = name || "Somebody";
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}
