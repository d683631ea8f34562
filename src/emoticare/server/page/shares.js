// Shares over time as lines, above bars of how many texts there are.

import { chart, fit } from "./charts.js";
import { element, svgElement } from "./dom.js";

const LEFT = 44;
const TOP = 10;
const HEIGHT = 200;
const BARS = 46;

export function shareChart(bins, names, roomPx) {
  const width = fit(roomPx, Infinity);
  const x = (i) => LEFT + ((width - LEFT - 8) * (i + 0.5)) / bins.length;
  const highest = Math.max(0.1, ...bins.flatMap((bin) => names.map((name) => share(bin, name) ?? 0)));
  const top = Math.min(1, Math.ceil(highest * 10) / 10);
  const y = (value) => TOP + HEIGHT * (1 - value / top);
  const parts = [
    ...[0, 0.5, 1].map((part) => axis(y(part * top), width, `${Math.round(100 * part * top)} %`)),
    ...bars(bins, x, width),
    ...names.flatMap((name) => line(bins, name, x, y)),
    ...dates(bins, x),
  ];
  const total = bins.reduce((texts, bin) => texts + bin.texts, 0);
  const height = TOP + HEIGHT + BARS + 52;
  const drawn = chart(`Course of ${names.join(", ")} over ${total.toLocaleString("en")} texts.`,
    width, height, parts);
  const legend = element("ul", { class: "legend" },
    ...names.map((name) => element("li", { class: name }, name)));
  return element("div", {}, legend, drawn);
}

function share(bin, name) {
  return bin.texts ? (bin.counts[name] ?? 0) / bin.texts : null;
}

function axis(y, width, word) {
  return svgElement("g", {},
    svgElement("line", { class: "axis", x1: LEFT, x2: width, y1: y, y2: y }),
    svgElement("text", { class: "tick", x: LEFT - 8, y: y + 4, "text-anchor": "end" }, word));
}

function bars(bins, x, width) {
  const most = Math.max(...bins.map((bin) => bin.texts));
  const step = (width - LEFT - 8) / bins.length;
  const bottom = TOP + HEIGHT + 20 + BARS;
  return [
    svgElement("text", { class: "tick", x: LEFT - 8, y: bottom, "text-anchor": "end" }, "0"),
    svgElement("text", { class: "tick", x: LEFT - 8, y: bottom - BARS + 10, "text-anchor": "end" },
      most.toLocaleString("en", { notation: "compact" })),
    ...bins.map((bin, i) => {
      const height = (BARS * bin.texts) / most;
      return svgElement("rect", {
        class: "bar", x: x(i) - step / 2 + 0.5, y: bottom - height, width: Math.max(1, step - 1),
        height,
      }, svgElement("title", {}, `${when(bin)}: ${bin.texts.toLocaleString("en")} texts`));
    }),
  ];
}

function line(bins, name, x, y) {
  const points = bins.map((bin, i) => ({ bin, i, value: share(bin, name) }))
    .filter(({ value }) => value !== null);
  const path = points.map(({ i, value }, n) => `${n ? "L" : "M"}${x(i)} ${y(value)}`).join("");
  return [
    svgElement("path", { class: `line ${name}`, d: path }),
    ...points.map(({ bin, i, value }) => svgElement("circle", {
      class: `dot ${name}`, cx: x(i), cy: y(value), r: 3,
    }, svgElement("title", {}, `${when(bin)}: ${name} ${Math.round(100 * value)} %`))),
  ];
}

function dates(bins, x) {
  const bottom = TOP + HEIGHT + BARS + 42;
  return [[0, "start"], [bins.length - 1, "end"]].map(([i, anchor]) => svgElement("text", {
    class: "tick", x: x(i), y: bottom, "text-anchor": anchor,
  }, when(bins[i])));
}

function when(bin) {
  return new Date(1000 * bin.start).toLocaleString(undefined, {
    month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
  });
}
