// Charts as SVG. Each has a name that says in words what it shows.

import { element, svgElement } from "./dom.js";

export const SENTIMENTS = ["negative", "ambiguous", "neutral", "positive"];
const BAR = 26;
const NAME_WIDTH = 130;
const HEIGHT = 220;
const WIDEST = 560;
const NARROWEST = 260;
const MOST_BINS = 40;

export function countsChart(counts, nTexts, sentimentOf, roomPx) {
  const width = fit(roomPx, WIDEST);
  const ranked = Object.entries(counts).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
  const most = ranked.length ? ranked[0][1] : 1;
  const room = width - NAME_WIDTH - 90;
  const rows = ranked.map(([label, n], i) => {
    const middle = i * BAR + BAR / 2;
    return svgElement("g", { class: sentimentOf[label] },
      svgElement("text", { x: NAME_WIDTH - 10, y: middle + 4.5, "text-anchor": "end" }, label),
      svgElement("rect", {
        x: NAME_WIDTH, y: middle - 8, width: Math.max(2, (room * n) / most), height: 16, rx: 4,
      }),
      svgElement("text", { x: NAME_WIDTH + (room * n) / most + 8, y: middle + 4.5 },
        `${n.toLocaleString("en")} (${share(n, nTexts)})`));
  });
  const words = ranked.slice(0, 5).map(([label, n]) => `${label} ${share(n, nTexts)}`).join(", ");
  return chart(`Texts by emotion. Most frequent: ${words || "none"}.`, width, BAR * ranked.length,
    rows);
}

export function courseChart(sentiments, roomPx) {
  const width = fit(roomPx, WIDEST);
  const nBins = Math.min(MOST_BINS, sentiments.length);
  const bins = Array.from({ length: nBins }, (_, i) => sentiments.slice(
    Math.floor((i * sentiments.length) / nBins), Math.floor(((i + 1) * sentiments.length) / nBins),
  ));
  const step = (width - 40) / nBins;
  const columns = bins.map((bin, i) => {
    let top = 10 + HEIGHT;
    const parts = SENTIMENTS.map((sentiment) => {
      const height = (HEIGHT * bin.filter((x) => x === sentiment).length) / bin.length;
      top -= height;
      return svgElement("rect", {
        class: sentiment, x: 40 + i * step, y: top, width: Math.max(1, step - 1), height,
      });
    });
    return svgElement("g", {}, ...parts);
  });
  const axis = [0, 0.5, 1].map((part) => svgElement("g", {},
    svgElement("line", {
      class: "axis", x1: 40, x2: width, y1: 10 + HEIGHT * (1 - part), y2: 10 + HEIGHT * (1 - part),
    }),
    svgElement("text", {
      class: "tick", x: 32, y: 14 + HEIGHT * (1 - part), "text-anchor": "end",
    }, `${100 * part} %`)));
  const ends = [["first text", 40, "start"], ["last text", width, "end"]].map(([word, x, anchor]) =>
    svgElement("text", { class: "tick", x, y: HEIGHT + 28, "text-anchor": anchor }, word));
  const shares = SENTIMENTS.map((sentiment) =>
    `${sentiment} ${share(sentiments.filter((x) => x === sentiment).length, sentiments.length)}`);
  const drawn = chart(`Best emotion of each text: ${shares.join(", ")}.`, width, HEIGHT + 34,
    [...axis, ...columns, ...ends]);
  const legend = element("ul", { class: "legend" },
    ...SENTIMENTS.toReversed().map((sentiment) => element("li", { class: sentiment }, sentiment)));
  return element("div", {}, drawn, legend);
}

export function fit(roomPx, widest) {
  return Math.max(NARROWEST, Math.min(widest, roomPx));
}

export function chart(name, width, height, parts) {
  return svgElement("svg", {
    class: "chart", role: "img", "aria-label": name, viewBox: `0 0 ${width} ${height}`,
  }, ...parts);
}

function share(n, total) {
  const percent = total ? (100 * n) / total : 0;
  return `${percent.toFixed(percent && percent < 9.95 ? 1 : 0)} %`;
}
