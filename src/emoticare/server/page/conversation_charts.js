// A conversation as SVG: a lane of turns for each speaker, and who feels what as a heat map.

import { SENTIMENTS, chart, fit } from "./charts.js";
import { svgElement } from "./dom.js";
import { clock } from "./numbers.js";

const MOST_LANES = 8;
const MOST_ROWS = 12;
const MOST_COLUMNS = 9;
const LANE = 56;
const TOP = 14;
const TALLEST = 34;
// Narrower turns are stacked in bins.
const LEAST_STEP = 5;
const BIN = 12;
const NARROW = 560;
const WIDEST = 1100;
const ROW = 36;
const LEAST_MEAN = 0.02;
// Darker cells would leave their numbers hard to read.
const DARKEST = 0.45;
const LEAST_DARKEST_MEAN = 0.15;
const TURNED_LABEL = 34;

export function timeline(turns, speakers, roomPx) {
  const width = fit(roomPx, WIDEST);
  const names = nameWidth(width);
  const lanes = new Map(speakers.slice(0, MOST_LANES).map(({ speaker }, i) => [speaker, i]));
  const step = (width - names) / turns.length;
  const rows = [...lanes].map(([speaker, lane]) => svgElement("g", {},
    svgElement("line", { class: "lane", x1: names, x2: width, y1: base(lane), y2: base(lane) }),
    svgElement("text", { x: 0, y: base(lane) - 6 }, short(speaker, names))));
  const bars = step < LEAST_STEP ? bins(turns, lanes, names, width) : turns.flatMap((turn, i) =>
    (lanes.has(turn.speaker) ? [bar(turn, names + i * step, step, base(lanes.get(turn.speaker)))] : []));
  const bottom = TOP + lanes.size * LANE;
  const ends = [[turns[0], names, "start"], [turns.at(-1), width, "end"]].map(([turn, x, anchor]) =>
    svgElement("text", { class: "tick", x, y: bottom + 20, "text-anchor": anchor },
      clock(turn.time) || `turn ${turn.turn}`));
  const more = speakers.length > MOST_LANES ? `, the ${MOST_LANES} who speak most shown` : "";
  return chart(`Timeline of ${turns.length} turns by ${speakers.length} speakers${more}. ` +
    `${[...lanes.keys()].map((speaker) => shares(turns, speaker)).join("; ")}.`,
  width, bottom + 26, [...rows, ...bars, ...ends]);
}

function bar(turn, x, step, y) {
  const best = turn.labels.length ? turn.scores[turn.labels[0]] : 0.15;
  const height = 4 + 28 * best;
  const gap = step > 4 ? Math.min(6, step / 5) : 0;
  const size = Math.min(28, step - gap);
  const middle = x + step / 2;
  const parts = [svgElement("rect", {
    x: middle - size / 2, y: y - height, width: Math.max(1, size), height, rx: Math.min(3, size / 3),
  })];
  for (const { direction } of turn.shifts.slice(0, 1)) parts.push(marker(direction, middle, y - height - 4));
  const words = turn.labels.length ? turn.labels.join(", ") : "no emotion above its threshold";
  const shifted = turn.shifts.map((shift) => `; ${shift.words}`).join("");
  const name = `${turn.speaker || "Somebody"}: ${words}${shifted}`;
  return svgElement("g", { class: turn.sentiment }, ...parts, svgElement("title", {}, name));
}

function bins(turns, lanes, left, right) {
  const nBins = Math.floor((right - left) / BIN);
  const width = (right - left) / nBins;
  const stacks = new Map();
  turns.forEach((turn, i) => {
    if (!lanes.has(turn.speaker)) return;
    const bin = Math.floor((i * nBins) / turns.length);
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
  const words = shifts.map((shift) => `; ${shift.words}`).join("");
  const name = `${turns[0].speaker || "Somebody"}, turns ${turns[0].turn} to ${turns.at(-1).turn}${words}`;
  return svgElement("g", {}, ...parts, svgElement("title", {}, name));
}

function marker(direction, x, y) {
  const points = direction === "rising"
    ? `${x - 4.5},${y} ${x + 4.5},${y} ${x},${y - 8}`
    : `${x - 4.5},${y - 8} ${x + 4.5},${y - 8} ${x},${y}`;
  return svgElement("polygon", { class: "marker", points });
}

export function heatMap(speakers, sentimentOf, roomPx) {
  const width = fit(roomPx, WIDEST);
  const names = nameWidth(width);
  const rows = speakers.slice(0, MOST_ROWS);
  const cellWidth = width < NARROW ? 40 : 96;
  const isTurned = width < NARROW;
  const room = width - names - (isTurned ? TURNED_LABEL : 0);
  const columns = strongest(rows).slice(0, Math.min(MOST_COLUMNS, Math.floor(room / cellWidth)));
  const step = Math.min(140, room / columns.length);
  const darkest = Math.max(LEAST_DARKEST_MEAN,
    ...rows.flatMap(({ means }) => columns.map((label) => means[label])));
  const top = isTurned ? 86 : 26;
  const heads = columns.map((label, column) => head(label, names + (column + 0.5) * step, top, isTurned));
  const lines = rows.map(({ speaker, means }, row) => svgElement("g", {},
    svgElement("text", { x: 0, y: top + row * ROW + 23 }, short(speaker, names)),
    ...columns.map((label, column) =>
      cell(means[label], darkest, [names + column * step, top + row * ROW, step], sentimentOf[label]))));
  const words = rows.map(({ speaker, means }) => `${speaker || "Somebody"}: ${columns
    .map((label) => `${label} ${percent(means[label])}`).join(", ")}`);
  const more = speakers.length > MOST_ROWS ? ` The ${MOST_ROWS} who speak most are shown.` : "";
  return chart(`Mean score of emotions by speaker. ${words.join("; ")}.${more}`,
    width, top + rows.length * ROW + 4, [...heads, ...lines]);
}

function head(label, x, top, isTurned) {
  const place = isTurned
    ? { transform: `translate(${x + 4} ${top - 8}) rotate(-50)` }
    : { x, y: top - 9, "text-anchor": "middle" };
  return svgElement("text", { class: "tick", ...place }, label);
}

function cell(mean, darkest, [x, y, step], sentiment) {
  const size = { x, y, width: step, height: ROW, rx: 6 };
  return svgElement("g", { class: sentiment },
    svgElement("rect", { class: "empty", ...size }),
    svgElement("rect", { class: "cell", ...size, "fill-opacity": (DARKEST * mean) / darkest }),
    svgElement("text", { x: x + step / 2, y: y + 23, "text-anchor": "middle" }, percent(mean)));
}

function strongest(speakers) {
  const labels = Object.keys(speakers[0].means).filter((label) => label !== "neutral");
  const most = (label) => Math.max(...speakers.map(({ means }) => means[label]));
  const ranked = labels.sort((a, b) => most(b) - most(a));
  const shown = ranked.filter((label) => most(label) >= LEAST_MEAN);
  return shown.length ? shown : ranked.slice(0, 1);
}

function shares(turns, speaker) {
  const own = turns.filter((turn) => turn.speaker === speaker);
  const counts = {};
  for (const turn of own) counts[turn.sentiment] = (counts[turn.sentiment] ?? 0) + 1;
  const words = Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([name, n]) => `${n} ${name}`);
  return `${speaker || "Somebody"}: ${words.join(", ")}`;
}

function base(lane) {
  return TOP + (lane + 1) * LANE - 8;
}

function nameWidth(width) {
  return width < NARROW ? 76 : 130;
}

function short(name, widthPx) {
  const most = Math.floor(widthPx / 8.2);
  const shown = name || "Somebody";
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

function percent(mean) {
  return `${Math.round(100 * mean)} %`;
}
