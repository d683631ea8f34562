"""Which engine runs a model: ONNX Runtime on the processor, or PyTorch on a GPU."""

import re
from typing import Final

from emoticare.artifact import ModelArtifact
from emoticare.engines.engine import Engine
from emoticare.engines.onnx import OnnxEngine
from emoticare.errors import UsageError

_DEVICE: Final = re.compile(r"auto|cpu|cuda(:\d{1,3})?")


def open_engine(artifact: ModelArtifact, device: str = "cpu", threads: int | None = None) -> Engine:
    """Opens the engine for a device.

    Args:
        artifact: The model.
        device: "cpu"; "cuda", or "cuda:1" for the second GPU; "auto" for a GPU if PyTorch finds
            one, and the processor otherwise.
        threads: Threads on the processor; see `thread_count`.

    Raises:
        ArtifactError: If the model cannot be run.
        MissingExtraError: If a GPU is wanted and PyTorch is not installed.
        UsageError: If there is no such device, or the number of threads makes no sense.
    """
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        raise UsageError(f"Expected cpu, cuda, cuda:NUMBER or auto as device, found {device!r}.")
    if device != "cpu":
        from emoticare.engines.torch import finds_gpu, open_gpu_engine

        if device != "auto":
            return open_gpu_engine(artifact, device)
        if finds_gpu():
            return open_gpu_engine(artifact, "cuda")
    return OnnxEngine(artifact.graph, len(artifact.config.labels), threads)
