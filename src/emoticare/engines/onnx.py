"""The default engine: ONNX Runtime on the CPU."""

import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

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
        graph: Serialized ONNX graph with inputs `input_ids` and `attention_mask`, output `logits`.
        n_labels: Outputs the graph must have.
        threads: How many to use; see `thread_count`.
        output: Which of the graph's outputs to return.

    Raises:
        ArtifactError: If the graph cannot be loaded or run, or has other inputs or outputs.
        UsageError: If the number of threads makes no sense.
    """

    device = "cpu"
    token_budget = TOKEN_BUDGET

    def __init__(
        self, graph: bytes, n_labels: int, threads: int | None = None, output: str = "logits"
    ) -> None:
        self._graph = graph
        self._output = output
        self.n_labels = n_labels
        self.n_parallel: int = thread_count(threads)
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._session = _open_session(graph, n_labels, output)
        self._pool: ThreadPoolExecutor | None = None
        _ENGINES.add(self)

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """Return float32 of shape (n_texts, n_labels); see `Engine`."""
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
            values = self._session.run([self._output], inputs)[0]
        except Exception as error:
            raise ArtifactError(
                "ONNX Runtime could not run the model's graph; its tokenizer or config.json may "
                f"belong to another model. Save the model again. ({_first_line(error)})"
            ) from error
        return checked_logits(values, len(input_ids), self.n_labels)

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
                    self._session = _open_session(self._graph, self.n_labels, self._output)
                    self._pool = None
                    self._pid = os.getpid()


_ENGINES: Final[weakref.WeakSet[OnnxEngine]] = weakref.WeakSet()


def _forget_threads() -> None:
    for engine in list(_ENGINES):
        engine.forget_threads()


if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(after_in_child=_forget_threads)


def _open_session(graph: bytes, n_labels: int, output: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    # Memory patterns are kept for every shape that was ever seen.
    options.enable_mem_pattern = False
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ArtifactError(
            "ONNX Runtime could not load the model's graph. Save the model again with this version "
            f"of EmotiCare. ({_first_line(error)})"
        ) from error
    inputs = {value.name for value in session.get_inputs()}
    outputs = {value.name: value.shape for value in session.get_outputs()}
    if inputs != {"input_ids", "attention_mask"} or outputs.get(output, [])[-1:] != [n_labels]:
        raise ArtifactError(
            f"Expected a graph with inputs input_ids and attention_mask and an output {output} "
            f"of {n_labels} labels, found inputs {sorted(inputs)} and outputs {outputs}."
        )
    return session


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
