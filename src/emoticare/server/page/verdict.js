// Labels and their scores -> a few words: "gratitude, with some admiration".

// Those whose score comes this near to the best are named with it.
const ALIKE = 0.8;
const UNSURE = 0.5;
const MOST_NAMED = 4;

// Returns strings, and { label } where a label is named; labels come best first.
export function inWords(labels, scores) {
  const felt = labels.filter((label) => label !== "neutral");
  if (!felt.length) return [labels.length ? "neutral: no feeling stands out" : "no emotion stands out"];
  const named = felt.slice(0, MOST_NAMED);
  const top = scores[named[0]];
  const leading = named.filter((label) => scores[label] >= ALIKE * top);
  const rest = named.slice(leading.length);
  return [
    ...(top < UNSURE ? ["perhaps "] : []),
    ...listed(leading, rest.length ? 0 : felt.length - named.length),
    ...(rest.length ? [", with some ", ...listed(rest, felt.length - named.length)] : []),
  ];
}

function listed(labels, nMore) {
  const parts = labels.flatMap((label, i) => {
    const isLast = i === labels.length - 1 && !nMore;
    return [...(i ? [isLast ? " and " : ", "] : []), { label }];
  });
  return nMore ? [...parts, ` and ${nMore} more`] : parts;
}

export function asText(parts) {
  return parts.map((part) => part.label ?? part).join("");
}
