"""Which engine runs a model: ONNX Runtime on the processor, or PyTorch on a GPU."""

import re
from typing import Final

from emoticare.engines.engine import Engine
from emoticare.engines.onnx import OnnxEngine
from emoticare.errors import UsageError
from emoticare.model.artifact import ModelArtifact
from emoticare.network.float_graph import RISK_OUTPUT

_DEVICE: Final = re.compile(r"auto|cpu|cuda(:\d{1,3})?")


def open_engine(artifact: ModelArtifact, device: str = "cpu", threads: int | None = None) -> Engine:
    """Open the engine for a device.

    Args:
        artifact: The model.
        device: See `resolve_device`.
        threads: Threads on the processor; see `thread_count`.

    Raises:
        ArtifactError: If the model cannot be run.
        MissingExtraError: If a GPU is wanted and PyTorch is not installed.
        UsageError: If there is no such device, or the number of threads makes no sense.
    """
    device = resolve_device(device)
    if device == "cpu":
        config = artifact.config
        outputs = {config.output: len(config.labels)}
        if config.risks:
            outputs[RISK_OUTPUT] = len(config.risks)
        return OnnxEngine(artifact.graph, outputs, threads)
    from emoticare.engines.torch import open_gpu_engine

    return open_gpu_engine(artifact, device)


def resolve_device(device: str) -> str:
    """Return which device a user means: "cpu", "cuda" or "cuda:1".

    Args:
        device: "cpu"; "cuda", or "cuda:1" for the second GPU; "auto" for a GPU if there is one that
            can be used, and the processor otherwise.

    Raises:
        MissingExtraError: If a GPU is wanted and PyTorch is not installed.
        UsageError: If there is no such device.
    """
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        raise UsageError(f"Expected cpu, cuda, cuda:NUMBER or auto as device, found {device!r}.")
    if device == "cpu":
        return device
    from emoticare.engines.torch import check_gpu, finds_gpu

    if device == "auto":
        return "cuda" if finds_gpu() else "cpu"
    check_gpu(device)
    return device
