// The figures of a choice, by the rules of the report: tests compare them with those of Python.

const Z = 1.959963984540054;
const APART_Z = 4.5;
const HALVES_Z = 2.58;
const FEWEST_EXPECTED = 5;
const FEWEST_BINS = 8;
const FEWEST_FOR_COURSE = 40;
const FEWEST_EFFECTIVE = 10;
const BINS_A_BANDWIDTH = 40;
const REACH = 3;
const SHORTEST = 3;
const PRICE = 6;
const MEDIAN_OF_CHI_SQUARED = 0.4549;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const ratio = (hits, total) => (total ? hits / total : NaN);
const rounded = (value) => (Number.isNaN(value) ? null : Math.round(value * 1e5) / 1e5);
const within = (value, low, high) => Math.min(Math.max(value, low), high);

function wilson(hits, total) {
  if (!(total > 0)) return [NaN, NaN];
  const share = hits / total;
  const whole = 1 + Z ** 2 / total;
  const centre = (share + Z ** 2 / (2 * total)) / whole;
  const spread = (share * (1 - share)) / total + Z ** 2 / (4 * total ** 2);
  const half = (Z / whole) * Math.sqrt(Math.max(spread, 0));
  return [within(centre - half, 0, share), within(centre + half, share, 1)];
}

function twoSharesZ(hits, total, otherHits, otherTotal) {
  if (!total || !otherTotal) return 0;
  const pooled = (hits + otherHits) / (total + otherTotal);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / total + 1 / otherTotal));
  return deviation > 0 ? (hits / total - otherHits / otherTotal) / deviation : 0;
}

function differs(hits, total, otherHits, otherTotal, leastZ) {
  const both = Math.max(total + otherTotal, 1);
  const carrying = hits + otherHits;
  const rarest = (Math.min(carrying, both - carrying) * Math.min(total, otherTotal)) / both;
  const z = twoSharesZ(hits, total, otherHits, otherTotal);
  return Math.abs(z) >= leastZ && rarest >= FEWEST_EXPECTED;
}

const countsDiffer = (count, other) =>
  Math.abs(count - other) >= HALVES_Z * Math.sqrt(count + other);

const isAboveChance = (both, expected) =>
  both >= FEWEST_EXPECTED && both - expected >= APART_Z * Math.sqrt(expected);

// How long the stretch without texts is that each bin lies in.
function gapLengths(totals) {
  const lengths = totals.map(() => 0);
  let start = 0;
  totals.forEach((total, bin) => {
    if (total) start = bin + 1;
    else lengths.fill(bin + 1 - start, start, bin + 1);
  });
  return lengths;
}

// What smoothing knows of the totals alone: the weights of each bin, and how many texts bear on it.
function smoothing(totals) {
  const bandwidth = Math.max(1, totals.length / BINS_A_BANDWIDTH);
  const gaps = gapLengths(totals);
  return totals.map((_, bin) => {
    const weights = totals.map((__, other) => {
      const distance = (bin - other) / bandwidth;
      return Math.abs(distance) <= REACH ? Math.exp(-0.5 * distance ** 2) : 0;
    });
    const weight = sum(weights.map((each, i) => each * totals[i]));
    const squared = sum(weights.map((each, i) => each ** 2 * totals[i]));
    const effective = squared > 0 ? weight ** 2 / squared : 0;
    const known = effective >= FEWEST_EFFECTIVE && gaps[bin] <= bandwidth;
    return { weights, weight: known ? weight : NaN, effective: known ? effective : NaN };
  });
}

function smoothed({ weights, weight, effective }, hits) {
  const share = sum(weights.map((each, i) => (each ? each * hits[i] : 0))) / weight;
  return [share, ...wilson(share * effective, effective)];
}

const xLogY = (x, y) => (x > 0 ? x * Math.log(y) : 0);

function dispersion(hits, totals) {
  const share = sum(hits) / sum(totals);
  const squares = [];
  for (let i = 1; i < hits.length; i++) {
    const expected = share * (1 - share) * (1 / totals[i] + 1 / totals[i - 1]);
    if (!(expected > 0)) return 1;
    squares.push((hits[i] / totals[i] - hits[i - 1] / totals[i - 1]) ** 2 / expected);
  }
  squares.sort((a, b) => a - b);
  const half = squares.length >> 1;
  const median = squares.length % 2 ? squares[half] : (squares[half - 1] + squares[half]) / 2;
  return Math.max(1, median / MEDIAN_OF_CHI_SQUARED);
}

// The cuts of the cheapest partition into stretches of one share each.
function bestCuts(cost, nBins, price) {
  const best = Array(nBins + 1).fill(Infinity);
  const lastCut = Array(nBins + 1).fill(0);
  best[0] = -price;
  for (let stop = SHORTEST; stop <= nBins; stop++) {
    for (let start = 0; start <= stop - SHORTEST; start++) {
      const total = best[start] + cost(start, stop) + price;
      if (total < best[stop]) [best[stop], lastCut[stop]] = [total, start];
    }
  }
  const cuts = [];
  for (let stop = lastCut[nBins]; stop > 0; stop = lastCut[stop]) cuts.unshift(stop);
  return cuts;
}

function changePoints(hits, totals, nEmotions) {
  const filled = totals.flatMap((total, bin) => (total > 0 ? [bin] : []));
  if (filled.length < FEWEST_BINS) return [];
  const k = filled.map((bin) => hits[bin]);
  const n = filled.map((bin) => totals[bin]);
  const searched = 2 * Math.log(filled.length) + 2 * Math.log(nEmotions) + PRICE;
  const price = dispersion(k, n) * searched;
  const running = (values) => values.reduce((sums, value) => [...sums, sums.at(-1) + value], [0]);
  const [hitSums, totalSums] = [running(k), running(n)];
  const cost = (start, stop) => {
    const all = totalSums[stop] - totalSums[start];
    const some = hitSums[stop] - hitSums[start];
    return -2 * (xLogY(some, some / all) + xLogY(all - some, 1 - some / all));
  };
  const cuts = [0, ...bestCuts(cost, filled.length, price), filled.length];
  return cuts.slice(1, -1).map((cut, i) => {
    const [before, after] = [cuts[i], cuts[i + 2]];
    const gain = cost(before, after) - cost(before, cut) - cost(cut, after);
    return {
      bin: filled[cut], start: filled[before], stop: filled[after - 1] + 1, evidence: gain / price,
    };
  });
}
