// What a choice changes of the page beside its charts: the headline, tiles, changes and examples.

const SPARK = { width: 120, height: 28, edge: 2 };
const MOST_CHANGES = 12;
const EXAMPLES_SHOWN = 3;
const FEW_TEXTS = 100;
const SVG = "http://www.w3.org/2000/svg";
const STEADY = "no clear change over time";

function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...(text === undefined ? [] : [text]), ...children);
  return made;
}

// What fills a place: its own content, or that of a choice.
function place(selector) {
  const room = document.querySelector(selector);
  const whole = room ? [...room.childNodes] : [];
  return (nodes) => room?.replaceChildren(...(nodes ?? whole));
}

const range = ({ low, high }) => `${inNumber(100 * low)} to ${percent(high)}`;
const textsIn = (number) => `${count(number)} ${number === 1 ? "text" : "texts"}`;
const mostFrequent = ({ overall }, { columns }) => overall
  .filter(({ name, texts }) => texts && isFeeling(columns)(name))
  .sort((a, b) => b.texts - a.texts)[0];

function headlineOf(summary, data) {
  const top = mostFrequent(summary, data);
  const texts = textsIn(summary.texts);
  if (!summary.texts) return "No texts are in this choice.";
  if (!top) return `No emotion but neutral reaches its threshold in ${texts}.`;
  const moods = summary.overall.filter(({ name }) => ["positive", "negative"].includes(name))
    .map(({ name, share }) => `${percent(share)} sound ${name}`);
  const lead = `${top.name} is the most frequent emotion (${percent(top.share)}).`;
  return moods.length ? `Of ${texts}, ${moods.join(" and ")}; ${lead}` : `Of ${texts}: ${lead}`;
}

function tilesOf(summary, data) {
  const shares = ["positive", "negative"].map((name) => [name, name[0].toUpperCase() + name.slice(1)]);
  const top = mostFrequent(summary, data);
  if (top) shares.push([top.name, `Most frequent: ${top.name}`]);
  return [textsTile(summary), ...shares.flatMap(([name, title]) => shareTile(summary, name, title))];
}

function textsTile(summary) {
  const [half] = summary.halves;
  const note = half ? changeOfTexts(half) : "";
  return tile("Texts", count(summary.texts), note, half ? summary.totals : [], "count");
}

function changeOfTexts({ before_texts: before, after_texts: after }) {
  if (!countsDiffer(before, after)) return STEADY;
  const change = (after - before) / before;
  return `${arrow(change)} ${percent(Math.abs(change))} in the second half`;
}

function shareTile({ overall, halves, course }, name, title) {
  const row = overall.find((each) => each.name === name);
  if (!row) return [];
  const half = halves.find((each) => each.name === name);
  const line = course.filter((each) => each.name === name).map((each) => each.smoothed);
  const note = half ? changeOfShare(half) : row.share === null ? "" : `95%: ${range(row)}`;
  return [tile(title, percent(row.share), note, line, row.sentiment)];
}

const changeOfShare = ({ sure, points }) => sure
  ? `${arrow(points)} ${fixed(Math.abs(points), 1)} points in the second half` : STEADY;
const arrow = (change) => (change > 0 ? "▲" : "▼");

function tile(name, value, note, line, kind) {
  const drawn = line.length > 1 ? [spark(line, kind)] : [];
  return element("div", {}, element("dt", { text: name }), element("dd", { text: value }),
    element("dd", { class: "note", text: note }), ...drawn);
}

function spark(values, kind) {
  const most = Math.max(0, ...values) || 1;
  const step = (SPARK.width - 2 * SPARK.edge) / (values.length - 1);
  const room = SPARK.height - 2 * SPARK.edge;
  const stretches = [[]];
  values.forEach((value, i) => {
    if (value === null) return stretches.push([]);
    const y = SPARK.height - SPARK.edge - (room * value) / most;
    return stretches.at(-1).push(`${(SPARK.edge + i * step).toFixed(1)},${y.toFixed(1)}`);
  });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", stretches.filter((points) => points.length)
    // A line of one point, closed, is drawn as a dot.
    .map((points) => `M${points.join(" ")}${points.length === 1 ? "Z" : ""}`).join(""));
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", kind);
  svg.setAttribute("viewBox", `0 0 ${SPARK.width} ${SPARK.height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return element("dd", { class: "spark" }, svg);
}

function changesOf({ changes, isLongEnough }) {
  const title = element("h2", { text: "Lasting changes" });
  const note = (text) => element("p", { class: "note", text });
  if (!isLongEnough) return [title, note("Too few texts or periods to look for any.")];
  if (!changes.length) return [title, note("None beyond chance.")];
  const side = (row, name) => element("td", { class: "number", text: percent(row[name]) }, " ",
    element("small", {
      text: `${range({ low: row[`${name}_low`], high: row[`${name}_high`] })}, n\u00a0${count(row[`${name}_texts`])}`,
    }));
  const heads = ["emotion", "from", "before", "after"].map((text, i) =>
    element("th", i > 1 ? { text, class: "number" } : { text }));
  const rows = changes.slice(0, MOST_CHANGES).map((row) => element("tr", {},
    element("td", { text: row.name }), element("td", { text: row.when }),
    side(row, "before"), side(row, "after")));
  const more = changes.length - MOST_CHANGES;
  const explained = "Shares with their 95% intervals, and how many texts (n) they are of.";
  return [
    title,
    element("table", {}, element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...rows)),
    note(more > 0 ? `${explained} And ${more} smaller changes.` : explained),
  ];
}

// The clearest texts of a choice among those that the page holds.
function examplesOf({ examples, cells }, choice, summary) {
  const order = [...summary.overall].sort((a, b) => b.texts - a.texts).map(({ name }) => name);
  const found = order.filter((name) => name in examples).map((name) => {
    const texts = new Map(examples[name].filter(([, , group, bin]) =>
      (choice.group === null || group === choice.group) && isInPeriod(cells, choice, bin))
      .map(([score, text]) => [text, score]));
    return { name, texts: [...texts].slice(0, EXAMPLES_SHOWN) };
  }).filter(({ texts }) => texts.length);
  if (!found.length) {
    return [element("summary", { text: "No example of this choice" }), element("p", {
      class: "note", text: "Of each emotion the page holds the clearest texts only, and none of them is of this choice.",
    })];
  }
  const quote = ([text, score]) => element("blockquote", { dir: "auto" },
    element("span", { class: "text" }, text), " ",
    element("span", { class: "soft", dir: "ltr", text: percent(score) }));
  const n = sum(found.map(({ texts }) => texts.length));
  return [
    element("summary", { text: `Show ${n} ${n === 1 ? "example" : "examples"} of this choice, by emotion` }),
    element("div", { class: "examples" }, ...found.map(({ name, texts }) =>
      element("div", {}, element("h3", { text: name }), ...texts.map(quote)))),
  ];
}

// Says what is chosen; a date stays on one line.
function inWords({ cells }, choice, summary, nAll) {
  const isDated = cells.whens.length > 0;
  const date = (text) => element("span", { class: "date", text });
  return [
    `${count(summary.texts)} of ${textsIn(nAll)}: `,
    choice.group === null ? "" : `“${cells.groups[choice.group]}”${isDated ? ", " : ""}`,
    ...(isDated ? [date(cells.whens[choice.from]), " to ", date(cells.untils[choice.until])] : []),
    summary.texts < FEW_TEXTS ? ". Few texts: read the intervals, not the shares." : ".",
  ];
}
