"""Rates of reading a long text beside bulk scoring, in one run: tokens a second, and memory.

    python benchmarks/read_documents.py --data goemotions/ --words 50000

The text is made of GoEmotions' comments in paragraphs. `read` and `predict_proba` of the comments
take turns, so that what else the machine does hits both. Counted are the tokens of the text; what
the model reads again as context is not. Pages are of 300 words. Seconds are those of the clock, and
of the processors, which a busy machine does not change.
"""

import argparse
import json
import os
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.meaning.documents import DocumentReader

WORDS_OF_A_PAGE = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with GoEmotions' dev.tsv")
    parser.add_argument("--words", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    classifier = emoticare.load()
    comments = some_comments(read_split(options.data, "dev").texts, options.words)
    text = in_paragraphs(comments)
    n_tokens = sum(len(tokens.input_ids) - 2 for tokens in classifier.tokenize(comments))
    classifier.predict_proba(comments[:500])
    bulk, read = [], []
    for _ in range(options.rounds):
        bulk.append(timed(lambda: classifier.predict_proba(comments)))
        read.append(timed(lambda: classifier.read(text)))
    before = peak_mb()
    book = (text for _ in range(4))
    n_sentences = sum(1 for _ in DocumentReader(classifier, book).sentences())
    wall_s, cpu_s = (min(times) for times in zip(*read, strict=True))
    bulk_wall_s, bulk_cpu_s = (min(times) for times in zip(*bulk, strict=True))
    figures = {
        "words": options.words,
        "tokens": n_tokens,
        "bulk_tokens_per_second": round(n_tokens / bulk_wall_s),
        "read_tokens_per_second": round(n_tokens / wall_s),
        "share_of_bulk_rate": round(bulk_wall_s / wall_s, 3),
        "share_of_bulk_rate_by_processor_time": round(bulk_cpu_s / cpu_s, 3),
        "seconds_per_100_pages": round(wall_s * 100 * WORDS_OF_A_PAGE / options.words, 1),
        "sentences_of_a_text_four_times_as_long": n_sentences,
        "peak_memory_mb": round(before),
        "peak_memory_mb_four_times_as_long": round(peak_mb()),
        "load_average": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(figures, indent=2))


def some_comments(texts: list[str], n_words: int) -> list[str]:
    random.Random(0).shuffle(texts)
    comments, n = [], 0
    while n < n_words:
        comments.append(texts[len(comments) % len(texts)])
        n += len(comments[-1].split())
    return comments


def in_paragraphs(comments: list[str]) -> str:
    generator = random.Random(0)
    parts = []
    for comment in comments:
        parts += [comment, "\n\n" if generator.random() < 1 / 6 else " "]
    return "".join(parts)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of the clock and of all processors."""
    start, cpu_start = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - cpu_start


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
