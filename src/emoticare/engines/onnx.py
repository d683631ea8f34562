"""The default engine: ONNX Runtime on the CPU."""

import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from emoticare.engines.cpus import thread_count
from emoticare.engines.engine import checked_logits
from emoticare.errors import ArtifactError
from emoticare.stages.batches import TOKEN_BUDGET, IntArray
from emoticare.stages.probabilities import FloatArray


class OnnxEngine:
    """Runs a graph with ONNX Runtime; safe to call from several threads.

    A batch is worked out by one thread, and several batches at the same time by several threads:
    threads that share a batch wait for each other at the end of every operation.

    Args:
        graph: Serialized ONNX graph with inputs `input_ids` and `attention_mask`.
        outputs: Which of the graph's outputs to return, side by side, and the columns that each
            must have.
        threads: How many to use; see `thread_count`.

    Raises:
        ArtifactError: If the graph cannot be loaded or run, or has other inputs or outputs.
        UsageError: If the number of threads makes no sense.
    """

    device = "cpu"
    token_budget = TOKEN_BUDGET

    def __init__(
        self, graph: bytes, outputs: Mapping[str, int], threads: int | None = None
    ) -> None:
        self._graph = graph
        self._outputs = dict(outputs)
        self.n_outputs: int = sum(outputs.values())
        self.n_parallel: int = thread_count(threads)
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._session = _open_session(graph, self._outputs)
        self._pool: ThreadPoolExecutor | None = None
        _ENGINES.add(self)

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """Return float32 of shape (n_texts, n_outputs); see `Engine`."""
        self._renew_after_fork()
        return self._run(input_ids, attention_mask)

    def run_batches(self, batches: Iterable[tuple[IntArray, IntArray]]) -> Iterator[FloatArray]:
        """Run batches at the same time, as many as there are threads; see `Engine`."""
        self._renew_after_fork()
        batches = list(batches)
        if self.n_parallel == 1 or len(batches) == 1:
            return (self._run(*batch) for batch in batches)
        return self._threads().map(lambda batch: self._run(*batch), batches)

    def _run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        try:
            values = self._session.run(list(self._outputs), inputs)
        except Exception as error:
            raise ArtifactError(
                "ONNX Runtime could not run the model's graph; its tokenizer or config.json may "
                f"belong to another model. Save the model again. ({_first_line(error)})"
            ) from error
        if len(values) > 1:
            # What is no matrix of numbers has no columns.
            values = [np.concatenate([np.atleast_2d(one) for one in values], axis=1)]
        return checked_logits(values[0], len(input_ids), self.n_outputs)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.n_parallel, "emoticare-engine")
            return self._pool

    def forget_threads(self) -> None:
        """Drop what another thread may have held when the process was forked."""
        self._lock = threading.Lock()
        self._pool = None

    def _renew_after_fork(self) -> None:
        # Threads do not survive a fork, and a lock of the session may have been held; the child
        # opens its own.
        if self._pid != os.getpid():
            with self._lock:
                if self._pid != os.getpid():
                    self._session = _open_session(self._graph, self._outputs)
                    self._pool = None
                    self._pid = os.getpid()


_ENGINES: Final[weakref.WeakSet[OnnxEngine]] = weakref.WeakSet()


def _forget_threads() -> None:
    for engine in list(_ENGINES):
        engine.forget_threads()


if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(after_in_child=_forget_threads)


def _open_session(graph: bytes, wanted: Mapping[str, int]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    # Memory patterns are kept for every shape that was ever seen.
    options.enable_mem_pattern = False
    try:
        session = onnxruntime.InferenceSession(
            graph,
            options,
            providers=["CPUExecutionProvider"],
            # Our graphs have nothing to work out ahead; one of 5,000 bytes may have gigabytes.
            disabled_optimizers=["ConstantFolding"],
        )
    except Exception as error:
        raise ArtifactError(
            "ONNX Runtime could not load the model's graph. Save the model again with this version "
            f"of EmotiCare. ({_first_line(error)})"
        ) from error
    inputs = {value.name for value in session.get_inputs()}
    outputs = {value.name: value.shape for value in session.get_outputs()}
    fits = all(outputs.get(name, [])[-1:] == [size] for name, size in wanted.items())
    if inputs != {"input_ids", "attention_mask"} or not fits:
        columns = " and ".join(f"an output {name} of {size}" for name, size in wanted.items())
        raise ArtifactError(
            f"Expected a graph with inputs input_ids and attention_mask and {columns} columns, "
            f"found inputs {sorted(inputs)} and outputs {outputs}."
        )
    return session


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
