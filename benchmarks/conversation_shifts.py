"""How often shifts are told where there is none, and where there is one.

    python benchmarks/conversation_shifts.py --data goemotions/

Speakers are made of GoEmotions' dev texts. Chance: 20 texts drawn at random, so that every shift
told is a false alarm. Escalation: 4 texts at random, 2 that carry annoyance, 2 that carry anger;
found if annoyance or anger is told as rising within the last four. Prints the table of
docs/conversations.md, from which `MIN_STEP` in `emoticare.meaning.conversation.shifts` is chosen.
"""

import argparse
from pathlib import Path

import numpy as np

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.meaning.conversation.running_state import Decay, RunningState
from emoticare.meaning.conversation.shifts import ShiftDetector
from emoticare.stages.decision import resolve_threshold

N_SPEAKERS, N_TURNS = 500, 20
STEPS = (0.02, 0.05, 0.08, 0.12)


def shifts(rows: np.ndarray, labels: tuple[str, ...], thresholds: np.ndarray, step: float) -> list:
    state = RunningState(len(labels), Decay())
    detector = ShiftDetector(labels, thresholds, step)
    told = []
    for row in rows:
        state.update(row, None)
        told.append(detector.update(state.scores))
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    classifier = emoticare.load(options.model)
    labels = classifier.labels
    thresholds = resolve_threshold(None, labels, classifier.artifact.config.thresholds)
    split = read_split(options.data, "dev")
    scores = classifier.predict_proba(split.texts)
    gold = np.asarray(split.multi_hot, bool)
    carrying = [np.flatnonzero(gold[:, labels.index(x)]) for x in ("annoyance", "anger")]
    print("| least step | false alarms, rising | false alarms, falling | escalations found |")
    print("|---|---|---|---|")
    for step in STEPS:
        random = np.random.default_rng(0)
        n_told = {"rising": 0, "falling": 0}
        n_found = 0
        for _ in range(N_SPEAKERS):
            drawn = random.integers(0, len(scores), N_TURNS)
            for told in shifts(scores[drawn], labels, thresholds, step):
                for shift in told:
                    n_told[shift.direction] += 1
            rows = np.concatenate([drawn[:4], *(random.choice(group, 2) for group in carrying)])
            late = [s for told in shifts(scores[rows], labels, thresholds, step)[4:] for s in told]
            wanted = [s.label in ("annoyance", "anger") for s in late if s.direction == "rising"]
            n_found += any(wanted)
        per_100 = {way: 100 * n / (N_SPEAKERS * N_TURNS) for way, n in n_told.items()}
        ways = " | ".join(f"{per_100[way]:.1f} a 100 turns" for way in n_told)
        print(f"| {step} | {ways} | {n_found / N_SPEAKERS:.0%} |")


if __name__ == "__main__":
    main()
