"""The engine for a GPU beside the Hugging Face pipeline on the same GPU, and beside the processor.

    python benchmarks/gpu.py --data goemotions/

The pipeline runs the same model, exported, in half precision. Rounds take turns; medians count.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import emoticare
from emoticare.data.goemotions import read_split
from emoticare.export.huggingface import export_hf

ROUNDS = 5
TOLERANCE = 0.02
PIPELINE_BATCH = 256


def seconds(score: Callable[[list[str]], object], texts: list[str]) -> float:
    torch.cuda.synchronize()
    start_s = time.perf_counter()
    score(texts)
    torch.cuda.synchronize()
    return time.perf_counter() - start_s


def pipeline_on_gpu(folder: Path) -> Callable[[list[str]], object]:
    from transformers import pipeline

    classify = pipeline(
        "text-classification",
        model=str(folder),
        top_k=None,
        device=0,
        dtype=torch.float16,
        batch_size=PIPELINE_BATCH,
    )
    return lambda texts: classify(texts, truncation=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with GoEmotions' test.tsv")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("Expected a GPU that PyTorch can use, found none.")
    texts = read_split(arguments.data, "test").texts
    on_gpu, on_cpu = emoticare.load(device="cuda"), emoticare.load()
    difference = np.abs(on_gpu.predict_proba(texts) - on_cpu.predict_proba(texts))
    with tempfile.TemporaryDirectory() as name:
        export_hf(on_cpu.artifact, Path(name) / "hf")
        contenders = {"gpu": on_gpu.predict, "pipeline": pipeline_on_gpu(Path(name) / "hf")}
        taken_s: dict[str, list[float]] = {contender: [] for contender in contenders}
        for score in contenders.values():
            score(texts[:PIPELINE_BATCH])
        for _ in range(ROUNDS):
            for contender, score in contenders.items():
                taken_s[contender].append(seconds(score, texts))
    rates = {name: len(texts) / statistics.median(values) for name, values in taken_s.items()}
    figures = {
        "gpu": torch.cuda.get_device_name(),
        "n_texts": len(texts),
        "gpu_texts_per_s": rates["gpu"],
        "pipeline_texts_per_s": rates["pipeline"],
        "speedup_vs_pipeline": rates["gpu"] / rates["pipeline"],
        "share_within_0_02_of_cpu": float((difference <= TOLERANCE).mean()),
        "largest_difference_from_cpu": float(difference.max()),
    }
    print(json.dumps(figures, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
