// What stands out in a conversation: emotions that rise or fall, and turns that are flagged.

const MOST_SINGLE_FLAGS = 6;
const SIGNS = { rising: "▲", falling: "▼" };

export function events(turns) {
  return [...shifts(turns), ...flags(turns)].sort((a, b) => a.turn - b.turn);
}

// Annoyance that falls is good news; joy that fades is neither good nor bad.
function sentimentOfShift(label, direction) {
  return (sentimentOf) => {
    const sentiment = sentimentOf[label];
    if (direction === "rising") return sentiment;
    return sentiment === "negative" ? "positive" : "neutral";
  };
}

// Of a shift that goes on from turn to turn, the last word.
function shifts(turns) {
  const found = [];
  const going = new Map();
  for (const { turn, speaker, shifts: own } of turns) {
    const before = going.get(speaker) ?? new Map();
    const now = new Map();
    for (const { label, direction, n_turns, words } of own) {
      const last = before.get(label + direction);
      const event = last?.n_turns === n_turns - 1 ? last : { speaker, label };
      if (event !== last) found.push(event);
      const sentiment = sentimentOfShift(label, direction);
      Object.assign(event, { turn, n_turns, words, sign: SIGNS[direction], sentiment });
      now.set(label + direction, event);
    }
    going.set(speaker, now);
  }
  return found;
}

// Many flags are told by speaker and category.
function flags(turns) {
  const flagged = turns.filter(({ moderation }) => moderation.flagged);
  const event = ({ turn, speaker, moderation: { findings: [first] } }) => ({
    turn, speaker, words: `flagged as ${first.category}`, note: `turn ${turn}. ${first.reason}`,
    sign: "⚑", sentiment: () => "negative",
  });
  const found = flagged.map(event);
  if (found.length <= MOST_SINGLE_FLAGS) return found;
  const grouped = Map.groupBy(found, ({ speaker, words }) => JSON.stringify([speaker, words]));
  return [...grouped.values()].map(([first, ...others]) => ({
    ...first,
    words: others.length ? `${first.words}, ${others.length + 1} turns` : first.words,
    note: others.length ? `from turn ${first.turn} to turn ${others.at(-1).turn}` : first.note,
  }));
}
