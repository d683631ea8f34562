"""The default engine: ONNX Runtime on the CPU."""

import os
import threading
from typing import Any

import numpy as np

from emoticare.engines.cpus import thread_count
from emoticare.errors import ArtifactError
from emoticare.stages.batches import TOKEN_BUDGET, IntArray
from emoticare.stages.probabilities import FloatArray


class OnnxEngine:
    """Runs a graph with ONNX Runtime; safe to call from several threads.

    Args:
        graph: Serialized ONNX graph with inputs `input_ids` and `attention_mask`, output `logits`.
        n_labels: Outputs the graph must have.
        threads: How many to use; see `thread_count`.

    Raises:
        ArtifactError: If the graph cannot be loaded or run, or has other inputs or outputs.
        UsageError: If the number of threads makes no sense.
    """

    device = "cpu"
    token_budget = TOKEN_BUDGET

    def __init__(self, graph: bytes, n_labels: int, threads: int | None = None) -> None:
        self._graph = graph
        self._threads = threads
        self.n_labels = n_labels
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._session = _open_session(graph, n_labels, thread_count(threads))

    def logits(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """Returns float32 of shape (n_texts, n_labels); see `Engine`."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        session = self._own_session()
        try:
            return np.asarray(session.run(["logits"], inputs)[0], np.float32)
        except Exception as error:
            raise ArtifactError(
                "ONNX Runtime could not run the model's graph; its tokenizer or config.json may "
                f"belong to another model. Save the model again. ({_first_line(error)})"
            ) from error

    def _own_session(self) -> Any:
        # A session's threads do not survive a fork; the child opens its own.
        if self._pid != os.getpid():
            with self._lock:
                if self._pid != os.getpid():
                    threads = thread_count(self._threads)
                    self._session = _open_session(self._graph, self.n_labels, threads)
                    self._pid = os.getpid()
        return self._session


def _open_session(graph: bytes, n_labels: int, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    # The arena and the memory patterns grow with every new shape and never shrink.
    options.enable_cpu_mem_arena = False
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
    if inputs != {"input_ids", "attention_mask"} or outputs.get("logits", [])[-1:] != [n_labels]:
        raise ArtifactError(
            "Expected a graph with inputs input_ids and attention_mask and an output logits of "
            f"{n_labels} labels, found inputs {sorted(inputs)} and outputs {outputs}."
        )
    return session


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
