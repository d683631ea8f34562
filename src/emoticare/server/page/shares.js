// Shares over time as lines with their intervals, above bars of how many texts there are.
//
// Bins of few texts are pale and joined by no line, and do not set the scale: their shares are
// mostly chance.

import { chart, fit } from "./charts.js";
import { svgElement } from "./dom.js";
import { FEW, interval } from "./intervals.js";
import { axisMarks } from "./times.js";

const LEFT = 46;
const TOP = 12;
const HEIGHT = 230;
const BARS_TOP = TOP + HEIGHT + 18;
const BARS = 48;
const BOTTOM = BARS_TOP + BARS;
const NAMES = 82;
const NAMES_FROM = 560;
const LINE = 15;
const WORD = 58;
const TOPS = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];

export function shareChart(bins, step, series, roomPx) {
  const width = fit(roomPx, Infinity);
  const isNamed = width >= NAMES_FROM && series.length > 1;
  const right = width - (isNamed ? NAMES : 6);
  const room = (right - LEFT) / bins.length;
  const top = scaleTop(bins, series);
  const place = {
    width, right, room, top,
    x: (i) => LEFT + room * (i + 0.5),
    y: (share) => TOP + HEIGHT * (1 - Math.min(1, share / top)),
  };
  const cross = svgElement("g", { class: "cross", visibility: "hidden" });
  const drawn = chart(named(bins, series), width, BOTTOM + 38, [
    ...scale(place), ...textBars(bins, place), ...times(bins, step, place),
    ...series.flatMap((one) => [...course(bins, one, place), ...former(one, place)]),
    ...(isNamed ? names(bins, series, place) : []), cross,
  ]);
  return {
    drawn,
    at: (clientX) => {
      const box = drawn.getBoundingClientRect();
      const x = ((clientX - box.left) * width) / box.width;
      return Math.max(0, Math.min(bins.length - 1, Math.floor((x - LEFT) / room)));
    },
    point: (i) => {
      cross.setAttribute("visibility", i === null ? "hidden" : "visible");
      if (i !== null) cross.replaceChildren(...crosshair(bins[i], series, place, place.x(i)));
    },
  };
}

export function counted(bin, name) {
  return { hits: bin.counts[name] ?? 0, n: bin.texts };
}

const share = (bin, name) => (bin.counts[name] ?? 0) / bin.texts;

function scaleTop(bins, series) {
  const enough = bins.filter((bin) => bin.texts >= FEW);
  const highest = enough.length
    ? enough.flatMap((bin) => series.map(({ name }) => 1.15 * share(bin, name)))
    : bins.filter((bin) => bin.texts).flatMap((bin) => series.map(({ name }) => share(bin, name)));
  const most = Math.max(...highest, ...series.map(({ before }) => before ?? 0));
  return TOPS.find((value) => most <= value) ?? 1;
}

function named(bins, series) {
  const texts = bins.reduce((sum, bin) => sum + bin.texts, 0);
  return `Share of ${series.map(({ name }) => name).join(", ")} over time, of `
    + `${texts.toLocaleString("en")} texts.`;
}

function scale({ right, top, y }) {
  const nSteps = String(top).endsWith("5") ? 5 : 4;
  return Array.from({ length: nSteps + 1 }, (_, i) => i / nSteps).map((part) => {
    const percent = 100 * part * top;
    const word = `${Number(percent.toFixed(1))}%`;
    return svgElement("g", {},
      svgElement("line", { class: "axis", x1: LEFT, x2: right, y1: y(part * top), y2: y(part * top) }),
      svgElement("text", { class: "tick", x: LEFT - 8, y: y(part * top) + 4, "text-anchor": "end" }, word));
  });
}

function textBars(bins, { right, room, x }) {
  const most = Math.max(...bins.map((bin) => bin.texts));
  const tick = (y, word) => svgElement("text", { class: "tick", x: LEFT - 8, y, "text-anchor": "end" }, word);
  return [
    tick(BOTTOM, "0"), tick(BARS_TOP + 10, most.toLocaleString("en", { notation: "compact" })),
    svgElement("line", { class: "axis", x1: LEFT, x2: right, y1: BOTTOM, y2: BOTTOM }),
    ...bins.map((bin, i) => {
      const height = bin.texts ? Math.max(1, (BARS * bin.texts) / most) : 0;
      const wide = Math.max(1, room - Math.min(2, room / 4));
      return svgElement("rect", {
        class: "volume", x: x(i) - wide / 2, y: BOTTOM - height, width: wide, height,
      });
    }),
  ];
}

function times(bins, step, { right }) {
  const hours = bins.length * step;
  let free = -Infinity;
  let of = "";
  return axisMarks(bins[0].start, hours).flatMap((mark) => {
    const x = LEFT + ((right - LEFT) * mark.hour) / hours;
    const line = svgElement("line", { class: "axis", x1: x, x2: x, y1: BOTTOM, y2: BOTTOM + 5 });
    of = mark.of || of;
    if (x < free || x > right - WORD / 2) return [line];
    free = x + WORD;
    const under = of;
    of = "";
    const word = (y, text) => svgElement("text", { class: "tick", x: x + 2, y }, text);
    return [line, word(BOTTOM + 18, mark.word), ...(under ? [word(BOTTOM + 34, under)] : [])];
  });
}

function course(bins, { name, kind }, { x, y }) {
  return runs(bins).flatMap((run) => {
    const points = run.map((i) => {
      const [low, high] = interval(counted(bins[i], name));
      return { x: x(i), y: y(share(bins[i], name)), low: y(low), high: y(high) };
    });
    const isFew = bins[run[0]].texts < FEW;
    if (points.length === 1) return [spot(points[0], kind, isFew)];
    const along = (key, list) => list.map((point) => `${point.x} ${point[key]}`).join("L");
    return [
      svgElement("path", {
        class: `band ${kind}`, d: `M${along("high", points)}L${along("low", points.toReversed())}Z`,
      }),
      svgElement("path", { class: `line ${kind}`, d: `M${along("y", points)}` }),
    ];
  });
}

// Bins that a line may join: neighbours with enough texts; each bin of few texts is alone.
function runs(bins) {
  const found = [];
  bins.forEach((bin, i) => {
    const follows = i && bin.texts >= FEW && bins[i - 1].texts >= FEW;
    if (follows) found.at(-1).push(i);
    else if (bin.texts) found.push([i]);
  });
  return found;
}

function spot(point, kind, isFew) {
  const line = svgElement("line", { x1: point.x, x2: point.x, y1: point.low, y2: point.high });
  return svgElement("g", { class: `${isFew ? "few" : "alone"} ${kind}` }, ...(isFew ? [] : [line]),
    svgElement("circle", { cx: point.x, cy: point.y, r: isFew ? 2.5 : 3.5 }));
}

function former({ before, kind }, { right, y }) {
  if (before === null) return [];
  return [svgElement("line", { class: `former ${kind}`, x1: LEFT, x2: right, y1: y(before), y2: y(before) })];
}

function names(bins, series, { right, y }) {
  const last = bins.findLast((bin) => bin.texts >= FEW) ?? bins.findLast((bin) => bin.texts);
  const placed = series.map((one) => ({ ...one, at: y(share(last, one.name)) }))
    .sort((a, b) => a.at - b.at);
  placed.forEach((one, i) => {
    if (i) one.at = Math.max(one.at, placed[i - 1].at + LINE);
  });
  return placed.map(({ name, kind, at }) =>
    svgElement("text", { class: `direct ${kind}`, x: right + 8, y: at + 4 }, name));
}

function crosshair(bin, series, { y, room }, x) {
  const line = svgElement("line", { class: "at", x1: x, x2: x, y1: TOP, y2: BOTTOM });
  const strip = svgElement("rect", {
    class: "under", x: x - room / 2, y: BARS_TOP, width: room, height: BARS,
  });
  const dots = bin.texts ? series : [];
  return [strip, line, ...dots.map(({ name, kind }) =>
    svgElement("circle", { class: `spot ${kind}`, cx: x, cy: y(share(bin, name)), r: 4.5 }))];
}
