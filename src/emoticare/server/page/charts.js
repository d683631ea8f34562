// Charts as SVG. Each has a name that says in words what it shows.

import { element, svgElement } from "./dom.js";
import { share } from "./numbers.js";

export const SENTIMENTS = ["negative", "ambiguous", "neutral", "positive"];
const HEIGHT = 220;
const WIDEST = 560;
const NARROWEST = 260;
const MOST_BINS = 40;
// Of fewer, a column says little but how chance fell.
const LEAST_IN_BIN = 20;

export function courseChart(sentiments, roomPx) {
  const width = fit(roomPx, WIDEST);
  const nBins = Math.max(1, Math.min(MOST_BINS, Math.floor(sentiments.length / LEAST_IN_BIN)));
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
    }, `${100 * part}%`)));
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
