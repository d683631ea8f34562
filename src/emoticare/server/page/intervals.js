// How sure a share is, and a change of it.

export const FEW = 30;
export const Z = 1.96;
// So that in 19 of 20 tables of 28 emotions none is called changed by chance (Bonferroni).
export const Z_OF_A_TABLE = 3.12;

// Wilson (1927).
export function interval({ hits, n }, z = Z) {
  if (!n) return [0, 1];
  const share = hits / n;
  const shrink = 1 + (z * z) / n;
  const middle = (share + (z * z) / (2 * n)) / shrink;
  const half = (z / shrink) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

// Newcombe (1998), method 10: a difference of shares from the intervals of both.
export function change(now, before, z = Z) {
  if (Math.min(now.n, before.n) < FEW) return null;
  const [share, was] = [now.hits / now.n, before.hits / before.n];
  const [[low, high], [lowBefore, highBefore]] = [interval(now, z), interval(before, z)];
  const difference = share - was;
  const least = difference - Math.hypot(share - low, highBefore - was);
  const most = difference + Math.hypot(high - share, was - lowBefore);
  return { difference, isClear: least > 0 || most < 0 };
}
