// Numbers as people read them.

export function percent(score) {
  return `${(100 * score).toFixed(score < 0.0995 ? 1 : 0)}%`;
}

export function clock(time) {
  if (typeof time === "string") return time.slice(0, 16).replace("T", " ");
  if (time === null) return "";
  const minutes = Math.floor(time / 60);
  const parts = [Math.floor(minutes / 60), minutes % 60, Math.floor(time % 60)];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

// A part of a whole, such as "12%"; small ones with a decimal.
export function share(n, total) {
  return n ? percent(n / total) : "0%";
}
