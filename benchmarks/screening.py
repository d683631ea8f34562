"""Fits the detectors behind not_english and out_of_domain, and measures them: docs/warnings.md.

    python benchmarks/screening.py --data goemotions/ --emobank emobank.csv --fit

Without --fit it only measures the weights that are there. Fitting reads what a Debian machine
has: translations in /usr/share/locale, Python's own modules, JavaScript of playwright, lists of
dpkg. The measurement uses other sources: sentences of spaCy's languages, other modules, C headers,
EmoBank.
"""

import argparse
import csv
import gettext
import importlib
import pkgutil
import random
import re
import string
import sysconfig
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.model.artifact import EMBEDDED_MODEL
from emoticare.stages.checks import (
    DETECTED,
    PRIOR_PIECES,
    WEIGHTS,
    InputChecker,
    TextWarning,
    abstains,
    is_counted,
    read_pieces,
    weights_for,
)

SEED = 0
FALSE_ALARMS = 0.005  # of each detector, on GoEmotions dev
A_LANGUAGE = 400
LENGTHS = range(15, 251)
FEWEST_LINES, FEWEST_CHARS = 20, 12
MARKUP = re.compile(r"%[-#0-9.]*[a-zA-Z$]+|<[^>]*>|[{}_&]|\\n")
N_BOOTSTRAP = 500


def translations() -> tuple[list[str], list[str]]:
    """Return messages in other languages, some of each, and the English ones."""
    others, english = defaultdict(set), set()
    for file in sorted(Path("/usr/share/locale").glob("*/LC_MESSAGES/*.mo")):
        language = file.parts[4]
        if language.startswith("en"):
            continue
        try:
            with file.open("rb") as opened:
                messages = gettext.GNUTranslations(opened)._catalog
        except (OSError, UnicodeDecodeError, LookupError):
            continue
        for message, translation in messages.items():
            if isinstance(message, str) and isinstance(translation, str):
                source, text = (MARKUP.sub("", x).strip() for x in (message, translation))
                if len(text) in LENGTHS and source != text:
                    others[language].add(text)
                    english.add(source)
    rng = random.Random(SEED)
    picked = [rng.sample(sorted(texts), min(A_LANGUAGE, len(texts))) for texts in others.values()]
    return [text for texts in picked for text in texts], sorted(english)


def blocks(files: Iterable[Path], n: int, rng: random.Random) -> list[str]:
    """Return one to five consecutive lines of code, n times."""
    lines = [
        [
            line
            for line in file.read_text(encoding="utf-8", errors="ignore").splitlines()
            if line.strip()
        ]
        for file in files
    ]
    lines = [some for some in lines if len(some) > FEWEST_LINES]
    found = []
    while len(found) < n:
        some, size = rng.choice(lines), rng.randint(1, 5)
        start = rng.randrange(len(some) - size)
        text = "\n".join(some[start : start + size])
        # A comment is English, and so is most of a docstring.
        if re.search(r"[=(){}\[\];]", text) and len(text) > FEWEST_CHARS:
            found.append(text[:400])
    return found


def modules(first: str, last: str) -> list[Path]:
    folder = Path(sysconfig.get_path("stdlib"))
    return [file for file in sorted(folder.glob("*.py")) if first <= file.name[0].lower() <= last]


def random_strings(n: int, rng: random.Random) -> list[str]:
    alphabets = [
        string.ascii_lowercase,
        string.ascii_letters + string.digits,
        string.digits,
        "0123456789abcdef",
        string.punctuation + string.ascii_letters,
        "asdfjkl;qwer",
    ]
    return [
        " ".join(
            "".join(rng.choices(alphabet, k=rng.randint(3, 16))) for _ in range(rng.randint(1, 6))
        )
        for alphabet in (rng.choice(alphabets) for _ in range(n))
    ]


THINGS = {
    "train": ["lamp", "chair", "desk", "cable", "mouse", "shirt", "shoes", "sofa", "pan", "knife"],
    "test": ["battery", "toner", "keyboard", "blanket", "mug", "drill", "ladder", "jacket", "rug"],
}
KINDS = ["black", "white", "steel", "oak", "leather", "cotton", "USB-C", "LED", "wireless", "XL"]


def product_lists(part: str, n: int, rng: random.Random) -> list[str]:
    def item() -> str:
        name = f"{' '.join(rng.sample(KINDS, rng.randint(1, 3)))} {rng.choice(THINGS[part])}"
        extra = rng.choice(
            [
                f"${rng.randint(1, 400)}.{rng.randint(0, 99):02}",
                f"x{rng.randint(1, 20)}",
                f"SKU {rng.randint(1000, 99999)}",
                f"Art. {rng.randint(100, 9999)}-{rng.choice('ABC')}",
            ]
        )
        return f"{name} {extra}"

    return [
        rng.choice([", ", "\n", " | ", "; "]).join(item() for _ in range(rng.randint(2, 6)))
        for _ in range(n)
    ]


def packages(n: int, rng: random.Random) -> list[str]:
    status = Path("/var/lib/dpkg/status").read_text(encoding="utf-8")
    names = re.findall(r"^Package: (\S+)$.*?^Version: (\S+)$", status, re.M | re.S)
    return ["\n".join(" ".join(x) for x in rng.sample(names, rng.randint(1, 5))) for _ in range(n)]


def spacy_sentences() -> list[str]:
    import spacy.lang

    found = []
    for module in pkgutil.iter_modules(spacy.lang.__path__):
        if module.name == "en" or not module.ispkg:
            continue
        try:
            examples = importlib.import_module(f"spacy.lang.{module.name}.examples")
        except ImportError:
            continue
        found += examples.sentences
    return found


def training_sets(data: Path) -> tuple[list[list[str]], list[str]]:
    rng = random.Random(SEED)
    foreign, english = translations()
    scripts = sorted(
        Path(sysconfig.get_path("purelib")).glob("playwright/driver/package/lib/**/*.js")
    )
    odd = blocks(modules("a", "m"), 8000, rng) + blocks(scripts[:150], 3000, rng)
    odd += random_strings(3000, rng) + product_lists("train", 3000, rng) + packages(2000, rng)
    said = read_split(data, "train").texts
    return [foreign, odd], [*said, *rng.sample(english, 10_000)]


def fit(clf: emoticare.EmotionClassifier, data: Path) -> None:
    from scipy.sparse import csr_matrix, hstack, vstack
    from sklearn.linear_model import LogisticRegression

    pieces = read_pieces(clf.artifact.tokenizer_json)
    kinds = kind_of_pieces(pieces)

    def features(texts: Sequence[str], counted: np.ndarray):
        tokenized = clf.tokenize(list(texts))
        rows = np.repeat(np.arange(len(texts)), [len(t.input_ids) for t in tokenized])
        columns = np.concatenate([t.input_ids for t in tokenized])
        counts = csr_matrix(
            (np.ones(len(rows), np.float32), (rows, columns)), (len(texts), len(pieces))
        ).multiply(counted)
        lengths = np.asarray(counts.sum(1)).ravel() + PRIOR_PIECES
        shares = csr_matrix(counts.multiply(1 / lengths[:, None]))
        return hstack([shares, shares @ kinds]).tocsr()

    (foreign, odd), said = training_sets(data)
    n_said = len(read_split(data, "train").texts)
    pairs = [(foreign, said), (odd, said[:n_said])]
    weights, biases = [], []
    for (suspicious, ordinary), counted in zip(pairs, is_counted(pieces), strict=True):
        x = vstack([features(suspicious, counted), features(ordinary, counted)])
        y = np.r_[np.ones(len(suspicious)), np.zeros(len(ordinary))]
        model = LogisticRegression(C=30, class_weight="balanced", max_iter=60).fit(x, y)
        own, shared = np.split(model.coef_[0], [len(pieces)])
        weights.append(own + kinds @ shared)
        biases.append(model.intercept_[0])
    scales = np.abs(weights).max(1) / 127
    quantized = np.round(np.array(weights) / scales[:, None]).astype(np.int8)
    np.savez_compressed(
        EMBEDDED_MODEL / WEIGHTS,
        weights=quantized,
        scales=scales.astype(np.float32),
        thresholds=np.full(2, np.inf, np.float32),
    )
    weights_for.cache_clear()
    calm = InputChecker(clf.artifact.tokenizer_json, EMBEDDED_MODEL).scores(
        clf.tokenize(read_split(data, "validation").texts)
    )
    thresholds = np.quantile(calm, 1 - FALSE_ALARMS, axis=1).astype(np.float32)
    np.savez_compressed(
        EMBEDDED_MODEL / WEIGHTS,
        weights=quantized,
        scales=scales.astype(np.float32),
        thresholds=thresholds,
    )
    weights_for.cache_clear()


def kind_of_pieces(pieces: Sequence[str]) -> np.ndarray:
    """Features that pieces share, so that rare ones have a weight too."""
    return np.array(
        [
            [
                p.startswith("##"),
                len(p.removeprefix("##")) == 1 and p.isalpha(),
                any(map(str.isdigit, p)),
                not any(map(str.isalnum, p)),
                not p.isascii(),
                p == "[UNK]",
            ]
            for p in pieces
        ],
        np.float32,
    )


def auroc(suspicious: np.ndarray, ordinary: np.ndarray) -> float:
    order = np.sort(ordinary)
    below = np.searchsorted(order, suspicious, "left") + np.searchsorted(order, suspicious, "right")
    return float(below.mean() / 2 / len(order))


def measure(clf: emoticare.EmotionClassifier, data: Path, emobank: Path) -> None:
    rng = random.Random(SEED + 1)
    screener = InputChecker(clf.artifact.tokenizer_json, EMBEDDED_MODEL)
    with emobank.open(newline="", encoding="utf-8") as file:
        bank = [row["text"] for row in csv.DictReader(file)]
    ordinary = {"GoEmotions dev": read_split(data, "validation").texts, "EmoBank": bank}
    suspicious = {
        "other languages (spaCy)": (0, spacy_sentences()),
        "Python code": (1, blocks(modules("n", "z"), 2000, rng)),
        "C headers": (1, blocks(sorted(Path("/usr/include").glob("*.h")), 2000, rng)),
        "product lists": (1, product_lists("test", 1000, rng)),
        "random strings": (1, random_strings(1000, rng)),
    }
    scores = {name: screener.scores(clf.tokenize(texts)) for name, texts in ordinary.items()}
    print(
        "| texts | number | warned `not_english` | `out_of_domain` | `too_short` | any of them |\n"
        "|---|---|---|---|---|---|"
    )
    for name, texts in {**ordinary, **{k: v for k, (_, v) in suspicious.items()}}.items():
        found = screener.warnings(clf.tokenize(texts))
        shares = [np.mean([w in f for f in found]) for w in (*DETECTED, TextWarning.TOO_SHORT)]
        shares.append(np.mean([abstains(f) for f in found]))
        cells = " | ".join(f"{share:.1%}" for share in shares)
        note = ": false alarms" if name in ordinary else ""
        print(f"| {name}{note} | {len(texts):,} | {cells} |")
    print(
        "\n| texts | detector | AUROC against GoEmotions dev | against EmoBank |\n|---|---|---|---|"
    )
    boot = np.random.default_rng(SEED)
    for name, (row, texts) in suspicious.items():
        own = screener.scores(clf.tokenize(texts))[row]
        cells = []
        for calm in scores.values():
            draws = [
                auroc(boot.choice(own, len(own)), boot.choice(calm[row], len(calm[row])))
                for _ in range(N_BOOTSTRAP // 5)
            ]
            low, high = np.quantile(draws, (0.025, 0.975))
            cells.append(f"{auroc(own, calm[row]):.4f} ({low:.4f} to {high:.4f})")
        print(f"| {name} | `{DETECTED[row].value}` | {' | '.join(cells)} |")
    cost(clf, screener, ordinary["GoEmotions dev"])


def cost(clf: emoticare.EmotionClassifier, screener: InputChecker, texts: Sequence[str]) -> None:
    sample = list(texts[:1000])
    start = time.process_time()
    tokenized = clf.tokenize(sample)
    clf.logits(tokenized)
    scoring = time.process_time() - start
    start = time.process_time()
    for _ in range(20):
        screener.warnings(tokenized)
    screening = (time.process_time() - start) / 20
    print(f"\nwarnings take {screening / scoring:.2%} of the processor time of scoring")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--emobank", type=Path, required=True)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    clf = emoticare.load()
    if options.fit:
        fit(clf, options.data)
    measure(clf, options.data, options.emobank)


if __name__ == "__main__":
    main()
