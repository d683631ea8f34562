"""What a benchmark ran on."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Final

_CPU_INFO: Final = Path("/proc/cpuinfo")
_PACKAGES: Final = ("emoticare", "onnxruntime", "tokenizers", "torch", "transformers")


def machine_record() -> dict[str, object]:
    """Return the processor, how busy it is, and the versions that matter."""
    record: dict[str, object] = {"processor": _processor(), "python": platform.python_version()}
    if hasattr(os, "getloadavg"):
        record["load_average"] = os.getloadavg()[0]
    for package in _PACKAGES:
        try:
            record[f"{package}_version"] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return record


def _processor() -> str:
    lines = _CPU_INFO.read_text(encoding="utf-8").splitlines() if _CPU_INFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
