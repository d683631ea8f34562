"""EmotiCare's server and a plain FastAPI + Hugging Face pipeline side by side.

The pipeline serves the original's architecture (DistilBERT, 66M parameters, random weights, which
change its answers and not its speed), and then EmotiCare's own model.

python benchmarks/compare_servers.py --seconds 20
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from servers import Load, ask, started

import emoticare
from emoticare.evaluation.benchmark.rivals import write_pipeline
from emoticare.model.artifact import EMBEDDED_MODEL, load_artifact

HERE = Path(__file__).parent
CLIENTS = 64
PORT = 8321
TEXTS = [
    "I'm so proud of everything we've built together!",
    "The meeting is on Tuesday at ten, please bring the printed forms.",
    "I miss her every single day, and some days are harder than others.",
] * 1000


def bulk_rate() -> float:
    """Texts a second of the library on a list."""
    classifier = emoticare.load()
    classifier.predict(TEXTS[:300])
    start_s = time.monotonic()
    classifier.predict(TEXTS)
    return len(TEXTS) / (time.monotonic() - start_s)


def measure(command: list[str], path: str, field: str, seconds: float, folder: Path) -> Load:
    url = f"http://127.0.0.1:{PORT}"
    with started(command, url, folder / f"{field}.log"):
        ask(url + path, CLIENTS, 3, field)  # to warm up
        return ask(url + path, CLIENTS, seconds, field)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        original, exported = folder / "original", folder / "hf"
        write_pipeline(load_artifact(EMBEDDED_MODEL), original)
        subprocess.run([sys.executable, "-m", "emoticare", "export", "hf", exported], check=True)
        of_original, of_own_model = (
            measure(
                [sys.executable, str(HERE / "pipeline_server.py"), str(served), str(PORT)],
                "/",
                "inputs",
                arguments.seconds,
                folder,
            )
            for served in (original, exported)
        )
        own = measure(
            [sys.executable, "-m", "emoticare", "serve", "--port", str(PORT)],
            "/v1/emotions",
            "text",
            arguments.seconds,
            folder,
        )
    bulk = bulk_rate()
    print(f"\n{CLIENTS} clients, single texts, {arguments.seconds:g} s each\n")
    print("| server | texts a second | p50 | p99 | answers |")
    print("|---|---|---|---|---|")
    plain = {"the original's size, 66M": of_original, "EmotiCare's model": of_own_model}
    rows = {f"FastAPI + HF pipeline, {name}": load for name, load in plain.items()}
    for title, load in (rows | {"emoticare serve": own}).items():
        print(
            f"| {title} | {load.per_second:,.0f} | {load.p50_ms:.0f} ms | {load.p99_ms:.0f} ms | "
            f"{load.statuses}, {load.no_answer} without |"
        )
    for name, load in plain.items():
        print(f"\n{own.per_second / load.per_second:.1f} times the plain server with {name}")
    print(f"{own.per_second / bulk:.2f} of the library's bulk rate, {bulk:,.0f} texts a second")
    if arguments.json:
        figures = {
            "plain_original": vars(of_original),
            "plain_own_model": vars(of_own_model),
            "emoticare": vars(own),
            "bulk_per_second": bulk,
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
