// The counts of this server, as the dashboard asks for them.

let key = "";

// What the page says; isKeyWanted: whether another key would help.
export class NoCounts extends Error {
  constructor(message, isKeyWanted = false) {
    super(message);
    this.isKeyWanted = isKeyWanted;
  }
}

export function useKey(typed) {
  key = typed.trim();
}

export async function ask(path, signal) {
  let response;
  try {
    response = await fetch(path, { headers: key ? { Authorization: `Bearer ${key}` } : {}, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new NoCounts("The server does not answer.");
  }
  if (response.ok) return response.json();
  if (response.status === 401) throw new NoCounts(key ? "This is no key of this server." : "", true);
  const said = await response.json().then((body) => body.error, () => null);
  throw new NoCounts(said ?? `The server answered with status ${response.status}.`, response.status === 403);
}

// Every bin of the period, those without texts, too; the last one ends with the present hour.
export function filled({ bins, end }, hours, step) {
  const found = new Map(bins.map((bin) => [bin.start, bin]));
  const starts = Array.from({ length: Math.ceil(hours / step) }, (_, back) => end - 3600 * step * (back + 1));
  return starts.reverse().map((start) => found.get(start) ?? { start, texts: 0, counts: {} });
}

// Bins so wide that few of them hold too few texts to say much, as long as there are some.
export function widened(bins, step, few, fewest) {
  const filledBins = bins.filter((bin) => bin.texts);
  const nFew = filledBins.filter((bin) => bin.texts < few).length;
  if (nFew <= filledBins.length / 5 || bins.length / 2 < fewest) return { bins, step };
  const pairs = [];
  for (let end = bins.length; end > 0; end -= 2) {
    const pair = bins.slice(Math.max(0, end - 2), end);
    const start = bins[end - 1].start - 3600 * step;
    pairs.unshift({ start, ...total(pair) });
  }
  return widened(pairs, 2 * step, few, fewest);
}

export function total(bins) {
  const counts = {};
  let texts = 0;
  for (const bin of bins) {
    texts += bin.texts;
    for (const [name, n] of Object.entries(bin.counts)) counts[name] = (counts[name] ?? 0) + n;
  }
  return { texts, counts };
}
