"""One run of everything: EmotiCare and its rivals side by side, on the same texts."""

import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emoticare.engines.cpus import thread_count
from emoticare.errors import number_of
from emoticare.evaluation.benchmark.cold_start import first_answer_s, own_command, pipeline_command
from emoticare.evaluation.benchmark.int8_rate import Int8Product, operations_of
from emoticare.evaluation.benchmark.machine import machine_record
from emoticare.evaluation.benchmark.rivals import Rivals, prepared_rivals
from emoticare.evaluation.benchmark.rounds import (
    Rates,
    interleaved_latencies,
    interleaved_rates,
    median_ratio,
    percentiles_ms,
)
from emoticare.evaluation.benchmark.texts import BenchTexts, buckets_within, read_texts
from emoticare.evaluation.benchmark.worker import Worker
from emoticare.model.artifact import EMBEDDED_MODEL, ModelArtifact, load_artifact

OWN: Final = "own"
PLAIN: Final = "plain_ort"
PIPELINE: Final = "pipeline"
PIPELINE_BATCH: Final = "pipeline_batch32"

Figures = dict[str, object]
OnStage = Callable[[str], None]

# How many times a fast contender scores the texts of a round, so that its time can be told.
_TURNS: Final = 3
# What part of the texts of a bucket the pipeline gets.
_PIPELINE_PART: Final = 4
_FEWEST_OF_A_BUCKET: Final = 8


@dataclass(frozen=True)
class BenchSize:
    """How much is measured.

    Attributes:
        rounds: Rounds of bulk scoring.
        bulk_texts: Texts of each.
        bucket_rounds: Rounds for each bucket of lengths and number of threads.
        bucket_tokens: About how many tokens of texts a bucket has.
        single_rounds: Rounds of single texts.
        single_texts: Texts of each.
        pipeline_single_texts: How many of them the pipeline gets.
        cold_starts: Processes started.
    """

    rounds: int = 3
    bulk_texts: int = 768
    bucket_rounds: int = 3
    bucket_tokens: int = 8192
    single_rounds: int = 5
    single_texts: int = 200
    pipeline_single_texts: int = 40
    cold_starts: int = 10


QUICK: Final = BenchSize(
    rounds=1,
    bulk_texts=32,
    bucket_rounds=1,
    bucket_tokens=256,
    single_rounds=1,
    single_texts=8,
    pipeline_single_texts=2,
    cold_starts=1,
)
"""Enough to see that everything runs; its figures mean nothing."""


def run_bench(
    data: Path | None = None,
    model: Path | None = None,
    size: BenchSize | None = None,
    on_stage: OnStage = lambda _: None,
) -> Figures:
    """Measure everything; docs/bench.md tells the meaning of each key.

    Args:
        data: Folder with the texts; None for made-up ones. See `read_texts`.
        model: Folder of a model; None for the one in the package.
        size: How much is measured; some minutes' worth by default.
        on_stage: Called with what is done next.

    Returns:
        Figures by key, flat. Those of a rival that cannot be measured here are left out.

    Raises:
        ArtifactError: If the model cannot be read or has no equal among the rivals.
        DataError: If the data cannot be read.
        EmoticareError: If a contender fails.
    """
    artifact = load_artifact(model or EMBEDDED_MODEL)
    texts = read_texts(data, artifact)
    machine = machine_record()
    on_stage("writing the rivals' models")
    with prepared_rivals(artifact) as rivals:
        bench = _Bench(
            artifact=artifact,
            model=model,
            texts=texts,
            rivals=rivals,
            size=size or BenchSize(),
            on_stage=on_stage,
        )
        return {
            **machine,
            "threads": thread_count(),
            "model": artifact.digest,
            "texts": texts.source,
            "left_out": list(rivals.left_out),
            **bench.figures(),
        }


@dataclass(frozen=True, kw_only=True)
class _Bench:
    """The parts of a run, each of which returns its figures."""

    artifact: ModelArtifact
    model: Path | None
    texts: BenchTexts
    rivals: Rivals
    size: BenchSize
    on_stage: OnStage

    def figures(self) -> Figures:
        with ExitStack() as stack:
            workers = self._workers(stack, thread_count())
            figures = {**self._bulk(workers), **self._peak_memory(workers)}
            figures |= {**self._single(workers), **self._lengths(workers)}
        return {**figures, **self._threads(), **self._share(figures), **self._cold_starts()}

    def _workers(
        self, stack: ExitStack, threads: int, *, pipelines: bool = True
    ) -> dict[str, Worker]:
        """Start the contenders, and let each score a few texts before it counts."""
        self.on_stage(f"loading the contenders, {number_of(threads, 'thread')}")
        model = str(self.model) if self.model else None
        workers = {OWN: stack.enter_context(Worker("own", model=model, threads=threads))}
        if folder := self.rivals.plain_onnx:
            length = self.artifact.config.max_length
            worker = Worker("plain_ort", folder=str(folder), threads=threads, max_length=length)
            workers[PLAIN] = stack.enter_context(worker)
        if (folder := self.rivals.pipeline) and pipelines:
            for name, batch_size in ((PIPELINE, None), (PIPELINE_BATCH, 32)):
                worker = Worker(
                    "pipeline", folder=str(folder), threads=threads, batch_size=batch_size
                )
                workers[name] = stack.enter_context(worker)
        for name, worker in workers.items():
            worker.seconds(self.texts.texts[: 16 if name.startswith(PIPELINE) else 256])
        return workers

    def _bulk(self, workers: Mapping[str, Worker]) -> Figures:
        self.on_stage("scoring in bulk")
        slow = [name for name in workers if name.startswith(PIPELINE)]
        fast = [name for name in workers if name not in slow]
        rates = interleaved_rates(
            workers,
            self.texts.rounds(self.size.bulk_texts, self.size.rounds),
            turns=_turns(fast, slow),
        )
        speedups = {
            f"speedup_vs_{name}": median_ratio(rates, OWN, name) for name in rates if name != OWN
        }
        return {"bulk_rounds": self.size.rounds, **_rates(rates), **speedups}

    def _peak_memory(self, workers: Mapping[str, Worker]) -> Figures:
        peaks = {name: worker.peak_rss_mb() for name, worker in workers.items()}
        return {_key(name, "peak_rss_mb"): peak for name, peak in peaks.items() if peak is not None}

    def _single(self, workers: Mapping[str, Worker]) -> Figures:
        self.on_stage("scoring one text at a time")
        seconds = interleaved_latencies(
            {name: worker for name, worker in workers.items() if name != PIPELINE_BATCH},
            self.texts.rounds(self.size.single_texts, self.size.single_rounds),
            at_most={PIPELINE: self.size.pipeline_single_texts},
        )
        figures: Figures = {}
        for name, taken in seconds.items():
            for point, value in percentiles_ms(taken).items():
                figures[_key(name, f"single_{point}_ms")] = value
        p50_ms = statistics.median(seconds[OWN]) * 1000
        for name in seconds.keys() - {OWN}:
            slower = statistics.median(seconds[name]) * 1000 / p50_ms
            figures[f"single_speedup_vs_{name}"] = slower
        return figures

    def _lengths(self, workers: Mapping[str, Worker]) -> Figures:
        figures: Figures = {}
        for fewest, most in buckets_within(self.artifact.config.max_length):
            self.on_stage(f"scoring texts of {fewest} to {most} tokens")
            n_texts = max(_FEWEST_OF_A_BUCKET, self.size.bucket_tokens // most)
            texts = self.texts.of_length(fewest, most, n_texts)
            fast = {name: workers[name] for name in (OWN, PLAIN) if name in workers}
            rates = dict(
                interleaved_rates(
                    fast, [texts] * self.size.bucket_rounds, turns=_turns(list(fast), [])
                )
            )
            if PIPELINE in workers:
                slow = {PIPELINE: workers[PIPELINE]}
                few = texts[: max(_FEWEST_OF_A_BUCKET, len(texts) // _PIPELINE_PART)]
                rates |= interleaved_rates(slow, [few], turns=[PIPELINE])
            figures |= _rates(rates, f"_{fewest}_to_{most}_tokens")
        return figures

    def _threads(self) -> Figures:
        figures: Figures = {}
        for threads in _thread_steps(thread_count()):
            with ExitStack() as stack:
                workers = self._workers(stack, threads, pipelines=False)
                self.on_stage(f"scoring with {number_of(threads, 'thread')}")
                rounds = self.texts.rounds(self.size.bulk_texts, self.size.bucket_rounds)
                rates = interleaved_rates(workers, rounds, turns=_turns(list(workers), []))
                figures |= _rates(rates, f"_{threads}_threads")
        return figures

    def _share(self, figures: Figures) -> Figures:
        if self.rivals.plain_onnx is None:
            return {}
        self.on_stage("measuring 8-bit products")
        product = Int8Product(thread_count())
        operations_per_s = statistics.median(
            product.operations_per_s() for _ in range(self.size.single_rounds)
        )
        lengths = self.texts.lengths[: self.size.rounds * self.size.bulk_texts]
        operations = operations_of(self.artifact, sum(lengths) / len(lengths))
        return {
            "int8_gops": operations_per_s / 1e9,
            "mean_tokens": sum(lengths) / len(lengths),
            "gop_per_text": operations / 1e9,
            **{
                _key(name, "int8_share"): operations * float(str(figures[rate])) / operations_per_s
                for name, rate in ((OWN, "bulk_texts_per_s"), (PLAIN, "plain_ort_texts_per_s"))
            },
        }

    def _cold_starts(self) -> Figures:
        commands = {OWN: own_command(self.model)}
        if self.rivals.pipeline:
            commands[PIPELINE] = pipeline_command(self.rivals.pipeline)
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(self.size.cold_starts + 1):
            self.on_stage(f"cold starts, {number} of {self.size.cold_starts}")
            for name, command in commands.items():
                taken_s = first_answer_s(command)
                if number:  # the first fills the page cache
                    seconds[name].append(taken_s)
        medians = {name: statistics.median(taken) for name, taken in seconds.items()}
        figures: Figures = {_key(name, "cold_start_s"): value for name, value in medians.items()}
        if PIPELINE in medians:
            figures["cold_start_speedup_vs_pipeline"] = medians[PIPELINE] / medians[OWN]
        return figures


def _turns(fast: list[str], slow: list[str]) -> list[str]:
    """Return the order of a round: the fast ones several times, around each slow one."""
    turns = list(fast)
    for i in range(max(len(slow), _TURNS - 1)):
        turns += [*slow[i : i + 1], *fast]
    return turns


def _thread_steps(most: int) -> list[int]:
    """1, 2, 4 and so on, and the most."""
    steps = [1 << power for power in range(most.bit_length()) if 1 << power < most]
    return [*steps, most]


def _rates(rates: Rates, ending: str = "") -> Figures:
    return {
        f"{_key(name, 'texts_per_s' if name != OWN else 'bulk_texts_per_s')}{ending}": (
            statistics.median(values)
        )
        for name, values in rates.items()
    }


def _key(name: str, figure: str) -> str:
    """EmotiCare's own figures have no name before them."""
    return figure if name == OWN else f"{name}_{figure}"
