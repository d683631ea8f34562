"""The process of one contender, and how to talk to it.

Each contender runs in a process of its own, so that no thread, allocator or import of one slows
another, and peak memory is its own. Requests and answers are lines of JSON; times are taken inside.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from emoticare.errors import EmoticareError
from emoticare.evaluation.benchmark.contenders import CONTENDERS

_QUIET: Final = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
_STATUS: Final = Path("/proc/self/status")


class Worker:
    """A contender in a process of its own; a context manager that ends it.

    Args:
        contender: A name in `CONTENDERS`.
        options: What it is opened with.

    Raises:
        EmoticareError: If it does not start.
    """

    def __init__(self, contender: str, **options: str | int | None) -> None:
        self._contender = contender
        program = [sys.executable, "-m", "emoticare.evaluation.benchmark.worker"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*program, contender, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=quiet_environment(),
        )
        try:
            self._answer()
        except EmoticareError:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def seconds(self, texts: Sequence[str], *, one_by_one: bool = False) -> list[float]:
        """Score texts and return how long that took: of all together, or of each."""
        found: list[float] = self._ask({"texts": list(texts), "one_by_one": one_by_one})
        return found

    def peak_rss_mb(self) -> float | None:
        """Return the peak memory of the process in MB (10^6 bytes); None if unknown."""
        found: float | None = self._ask({})
        return found

    def _ask(self, request: dict[str, Any]) -> Any:
        stdin = self._process.stdin
        try:
            if stdin:
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; the missing answer tells
        return self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise EmoticareError(
                f"Expected the contender {self._contender} to answer, found its process ended with "
                f"status {self._process.wait()}. What it wrote above says why."
            )
        return json.loads(line)


def quiet_environment() -> dict[str, str]:
    """Return this process's environment, without a network or talk for transformers."""
    return {**os.environ, **_QUIET}


def main() -> None:
    """Run a contender until its standard input ends."""
    # Ctrl-C reaches this process too; the one that started it answers and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library prints goes to stderr; only answers go to what was standard output.
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        score = CONTENDERS[sys.argv[1]](**json.loads(sys.argv[2]))
        print(json.dumps("ready"), file=answers, flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            answer = _peak_rss_mb() if not request else _timed(score, **request)
            print(json.dumps(answer), file=answers, flush=True)


def _timed(score: Any, texts: list[str], *, one_by_one: bool) -> list[float]:
    found = []
    for part in [[text] for text in texts] if one_by_one else [texts]:
        start_s = time.perf_counter()
        score(part)
        found.append(time.perf_counter() - start_s)
    return found


def _peak_rss_mb() -> float | None:
    # The resource module would count what the parent held when it started this process.
    if not _STATUS.exists():
        return None
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
