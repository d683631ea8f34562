// Counts by group and time -> what the report says of a choice of them, as in summary.py.

const FEWEST_A_GROUP = 5;
const TEXTS = 0;
const WITHOUT = 1;
const COLUMNS = 2;

const isWhole = ({ cells }, choice) => !cells || (
  choice.group === null && choice.from === 0 && choice.until === cells.whens.length - 1);

// Texts without a time belong to the whole period alone.
function isInPeriod({ whens }, { from, until }, bin) {
  const isAll = from === 0 && until === whens.length - 1;
  return isAll || (bin >= from && bin <= until);
}

function addUp(cells, nCounts) {
  const total = Array(nCounts).fill(0);
  for (const { counts } of cells) counts.forEach((count, i) => { total[i] += count; });
  return total;
}

function summarize(data, choice) {
  const { cells, columns } = data;
  const nCounts = COLUMNS + columns.length + cells.pairs.length;
  const table = cells.table.map(([group, bin, ...counts]) => ({ group, bin, counts }));
  const ofPeriod = table.filter(({ bin }) => isInPeriod(cells, choice, bin));
  const chosen = choice.group === null
    ? ofPeriod : ofPeriod.filter(({ group }) => group === choice.group);
  const total = addUp(chosen, nCounts);
  const series = seriesOf(data, choice, chosen, nCounts);
  const changes = series ? lastingChanges(columns, series) : [];
  return {
    texts: total[TEXTS],
    without: total[WITHOUT],
    overall: overallRows(columns, total),
    course: series ? courseRows(columns, series, changes) : [],
    halves: series ? halvesOf(columns, series) : [],
    changes,
    isLongEnough: series !== null && series.totals.filter(Boolean).length >= FEWEST_BINS,
    totals: series ? series.totals : [],
    groups: groupRows(data, choice, ofPeriod, nCounts),
    together: pairRows(data, total),
  };
}

// Counts by bin of the period; null where they are too few for a course.
function seriesOf({ cells, columns }, { from, until }, chosen, nCounts) {
  const nBins = cells.whens.length ? until - from + 1 : 0;
  const bins = Array.from({ length: nBins }, () => []);
  for (const cell of chosen) bins[cell.bin - from]?.push(cell);
  const counts = bins.map((found) => addUp(found, nCounts));
  const totals = counts.map((bin) => bin[TEXTS]);
  if (nBins < 2 || sum(totals) < FEWEST_FOR_COURSE) return null;
  return {
    totals,
    hits: columns.map((_, j) => counts.map((bin) => bin[COLUMNS + j])),
    whens: cells.whens.slice(from, until + 1),
    times: cells.times.slice(from, until + 2),
  };
}

function overallRows(columns, total) {
  return columns.map(({ name, sentiment }, j) => {
    const texts = total[COLUMNS + j];
    const [low, high] = wilson(texts, total[TEXTS]);
    return {
      name, sentiment, texts, share: rounded(ratio(texts, total[TEXTS])),
      low: rounded(low), high: rounded(high),
    };
  });
}

function courseRows(columns, { totals, hits, whens, times }, changes) {
  const changed = new Set(changes.map(({ name, t }) => `${name} ${t}`));
  const known = smoothing(totals);
  return columns.flatMap(({ name, sentiment }, j) => whens.map((when, i) => {
    const [share, low, high] = smoothed(known[i], hits[j]);
    return {
      t: times[i],
      middle: Math.floor((times[i] + times[i + 1]) / 2),
      end: times[i + 1],
      when, name, sentiment,
      texts: totals[i],
      carrying: hits[j][i],
      share: rounded(ratio(hits[j][i], totals[i])),
      smoothed: rounded(share), low: rounded(low), high: rounded(high),
      change: changed.has(`${name} ${times[i]}`),
    };
  }));
}

function halvesOf(columns, { totals, hits }) {
  const middle = totals.length >> 1;
  const halves = (values) => [sum(values.slice(0, middle)), sum(values.slice(middle))];
  const [nBefore, nAfter] = halves(totals);
  if (!nBefore || !nAfter) return [];
  return columns.map(({ name }, j) => {
    const [before, after] = halves(hits[j]);
    return {
      name,
      before_texts: nBefore, after_texts: nAfter,
      points: pointsBetween(after / nAfter, before / nBefore),
      sure: differs(after, nAfter, before, nBefore, HALVES_Z),
    };
  });
}

function lastingChanges(columns, { totals, hits, whens, times }) {
  const found = columns.flatMap(({ name }, j) =>
    changePoints(hits[j], totals, columns.length).map(({ bin, start, stop, evidence }) => {
      const row = { evidence, t: times[bin], when: whens[bin], name };
      for (const [side, from, to] of [["before", start, bin], ["after", bin, stop]]) {
        const [k, n] = [sum(hits[j].slice(from, to)), sum(totals.slice(from, to))];
        const [low, high] = wilson(k, n).map(rounded);
        Object.assign(row, {
          [side]: rounded(k / n), [`${side}_low`]: low, [`${side}_high`]: high,
          [`${side}_texts`]: n,
        });
      }
      return row;
    }));
  return found.sort((a, b) => b.evidence - a.evidence);
}

const pointsBetween = (share, others) =>
  Number.isNaN(others) ? 0 : Math.round(1e4 * (share - others)) / 100;

// A chosen group stands alone, beside all other texts of the period.
function groupRows({ cells, columns }, { group: only }, ofPeriod, nCounts) {
  const everyone = addUp(ofPeriod, nCounts);
  const numbers = only === null ? cells.groups.map((_, number) => number) : [only];
  const counted = numbers.map((number) => ({
    group: cells.groups[number],
    counts: addUp(ofPeriod.filter(({ group }) => group === number), nCounts),
  })).filter(({ counts }) => counts[TEXTS] >= FEWEST_A_GROUP);
  if (only === null && counted.length < 2) return [];
  return counted.flatMap(({ group, counts }) => columns.map(({ name }, j) => {
    const [texts, carrying] = [counts[TEXTS], counts[COLUMNS + j]];
    const [rest, otherHits] = [everyone[TEXTS] - texts, everyone[COLUMNS + j] - carrying];
    const [low, high] = wilson(carrying, texts).map(rounded);
    return {
      group, name, texts, carrying, share: rounded(carrying / texts), low, high,
      others: rounded(ratio(otherHits, rest)),
      points: pointsBetween(carrying / texts, ratio(otherHits, rest)),
      apart: differs(carrying, texts, otherHits, rest, APART_Z),
    };
  }));
}

function pairRows({ cells, columns }, total) {
  const nTexts = Math.max(total[TEXTS], 1);
  return cells.pairs.map(([first, second], i) => {
    const both = total[COLUMNS + columns.length + i];
    const product = total[COLUMNS + first] * total[COLUMNS + second];
    return {
      first: columns[first].name, second: columns[second].name, both,
      of_all: rounded(both / nTexts),
      sure: isAboveChance(both, product / nTexts),
      lift: both ? Math.round((100 * both * nTexts) / product) / 100 : 0,
    };
  }).filter(({ both }) => both);
}
