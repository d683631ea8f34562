"""The code that stands in the pages of docs/, run in order, and what it prints.

A fenced block of `python`, `sh` or `js` runs; a block of `text` or `json` directly below it is what
it prints. Commands print to a terminal of 100 columns without colours.
"""

import contextlib
import difflib
import io
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (
    "cookbook.md",
    "coming-from.md",
    "moderation.md",
    "compare.md",
    "migrate.md",
    "conversations.md",
    "serve.md",
    "own-emotions.md",
    "documents.md",
    "explain.md",
    "groups.md",
    "warnings.md",
)
TUTORIAL_SCRIPTS = ROOT / "examples" / "tutorials"
TUTORIALS = sorted(path.stem for path in TUTORIAL_SCRIPTS.glob("*.py"))
# What readers of these pages have at hand.
FILES = Path(__file__).parent / "documents"

_SERVES = "it serves until it is stopped; a server of the tests answers instead"
_TRAINS = "it trains for a minute; tests/cli/test_train.py trains on the same file"
_NO_MODEL = "it needs the model that the page trains"
# Blocks that do not run, by page and first line. Their commands and options are still checked.
NOT_RUN = {
    ("cookbook.md", "emoticare serve --cors-origin http://localhost:3000"): _SERVES,
    **{
        ("coming-from.md", f"# {other}"): "it is the other library's"
        for other in ("Hugging Face", "pysentimiento", "VADER", "text2emotion")
    },
    ("compare.md", "emoticare compare embedded runs/first/model \\"): (
        "it needs GoEmotions and another model"
    ),
    **{
        (
            "explain.md",
            first,
        ): "the model in the package reads each text alone"
        for first in (
            'explanation = clf.explain("Oh great.", context="The train is cancelled.")',
            'emoticare explain --context "The train is cancelled." "Oh great."',
        )
    },
    ("migrate.md", "# before"): "it needs transformers and a download",
    ("migrate.md", "emoticare serve --port 5100 \\"): _SERVES,
    ("moderation.md", "emoticare serve --policy policy.toml"): _SERVES,
    ("own-emotions.md", "emoticare train --data tickets.csv --base embedded \\"): _TRAINS,
    ("own-emotions.md", "emoticare train --data tickets.csv \\"): _TRAINS,
    ("own-emotions.md", "emoticare evaluate --data tickets.csv --model runs/tickets/model"): (
        _NO_MODEL
    ),
    ("own-emotions.md", "emoticare predict --model runs/tickets/model --format csv \\"): _NO_MODEL,
    ("own-emotions.md", "emoticare export hf hub --model runs/tickets/model"): _NO_MODEL,
    ("own-emotions.md", "emoticare compare runs/tickets/model hub \\"): _NO_MODEL,
    ("serve.md", "emoticare serve"): _SERVES,
    ("serve.md", "emoticare serve --named-keys keys.toml"): _SERVES,
    ("serve.md", "emoticare serve --processes 2"): _SERVES,
    ("serve.md", "emoticare serve --root-path /emotions"): _SERVES,
    ("serve.md", "emoticare serve --dashboard counts.sqlite"): _SERVES,
}

_RUN = {"python", "sh", "js"}
_PRINTED = {"text", "json"}
_HOST = "localhost:8000"
_COLUMNS = 100
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
# `tail -f` never ends: here it ends with the file.
_PRELUDE = 'tail() { cat -- "${@: -1}"; }\n'
_NUMBER = re.compile(r"(\d+\.\d+|\d+(?= ?%))")
_BAR = re.compile(r"[\u2500-\u259f]+")
_ROUNDING = 0.02  # as of the golden sentences: what one processor differs by from another


@dataclass(frozen=True)
class Block:
    """A block that runs.

    Attributes:
        language: Of the code.
        code: What stands in the block.
        line: Of the page, counted from 1, where the code begins.
        shown: What it prints according to the page; None where the page does not say.
        shown_at: The lines of `shown`, counted from 0: the first, and the one after the last.
    """

    language: str
    code: str
    line: int
    shown: str | None
    shown_at: tuple[int, int]

    @property
    def first_line(self) -> str:
        return self.code.partition("\n")[0]


@dataclass(frozen=True)
class Run:
    """A block that has run, and what it printed."""

    block: Block
    printed: str

    @property
    def is_as_shown(self) -> bool:
        return self.block.shown is None or is_alike(self.block.shown, self.printed)


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page that run, in order."""
    tokens = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    found = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if _language(token) in _RUN and token.map:
            shown, at = None, (1, -1)
            if following is not None and following.map and _language(following) in _PRINTED:
                shown, at = following.content, (following.map[0] + 1, following.map[1] - 1)
            found.append(Block(token.info, token.content, token.map[0] + 2, shown, at))
    return found


def fenced(page: Path, *languages: str) -> list[str]:
    """Return the contents of a page's fenced blocks of these languages."""
    tokens = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    return [token.content for token in tokens if _language(token) in languages]


def indented_code(page: Path) -> str:
    """Return what stands in indented blocks, which do not run."""
    tokens = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    return "\n".join(token.content for token in tokens if token.type == "code_block")


def _language(token: Token) -> str | None:
    return token.info if token.type == "fence" else None


def run_page(page: Path, folder: Path, host: str) -> Iterator[Run]:
    """Run the blocks of a page, in order; Python's share their names.

    Args:
        page: Of docs/.
        folder: Where to run them; it gets the files that readers have.
        host: Of a server, for `localhost:8000`.

    Raises:
        AssertionError: If a block fails.
    """
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if (page.name, block.first_line) in NOT_RUN:
            continue
        place = f"{page.name}, line {block.line}"
        code = block.code.replace(_HOST, host)
        if block.language == "python":
            printed = _run_python(code, folder, names, place)
        else:
            command = ["node", "--input-type=module", "--eval", code]
            if block.language == "sh":
                command = ["bash", "-euo", "pipefail", "-c", _PRELUDE + code]
            printed = _run_command(command, folder, place)
        yield Run(block, printed.replace(host, _HOST))


def _run_python(code: str, folder: Path, names: dict[str, Any], place: str) -> str:
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        exec(compile(code, place, "exec"), names)
    return printed.getvalue()


def _run_command(command: list[str], folder: Path, place: str) -> str:
    """Run it with a terminal as its standard output, as a reader does."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (50, _COLUMNS))
    with tempfile.TemporaryFile("w+") as errors, os.fdopen(ours, "rb", 0) as terminal:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=its,
            stderr=errors,
        )
        os.close(its)
        printed = b""
        # Linux has no end of a terminal's output, but an error once nobody writes any more.
        with contextlib.suppress(OSError):
            while piece := terminal.read(65536):
                printed += piece
        code = process.wait()
        errors.seek(0)
        assert code == 0, f"{place}: exit code {code}\n{errors.read()}"
    return _STYLE.sub("", printed.decode().replace("\r\n", "\n"))


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("EMOTICARE_")}
    return own | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "COLUMNS": str(_COLUMNS),
        "TERM": "xterm",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
        "HF_HUB_OFFLINE": "1",
    }


def is_alike(shown: str, printed: str) -> bool:
    """Say whether two outputs are the same but for spaces, bars and how scores are rounded."""
    left, right = (_NUMBER.split(_plain(text)) for text in (shown, printed))
    if len(left) != len(right) or left[::2] != right[::2]:
        return False
    numbers = zip(left[1::2], right[1::2], left[2::2], strict=True)
    return all(
        abs(float(a) - float(b)) <= _tolerance(a, is_percent=text.lstrip().startswith("%"))
        for a, b, text in numbers
    )


def _tolerance(number: str, *, is_percent: bool) -> float:
    if is_percent:
        return 100 * _ROUNDING
    last_digit = 10.0 ** -len(number.partition(".")[2])
    return max(_ROUNDING, _ROUNDING * float(number), 1.01 * last_digit)


def most_like(shown: str, printed: str) -> str:
    """Return the lines of an output that are most like those that a page shows of it."""
    lines = printed.splitlines(keepends=True)
    n_lines = shown.count("\n")
    parts = ["".join(lines[i : i + n_lines]) for i in range(max(1, len(lines) - n_lines + 1))]
    return max(parts, key=lambda part: difflib.SequenceMatcher(None, shown, part).ratio())


def _plain(text: str) -> str:
    return " ".join(_BAR.sub("█", text).split())


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Start a server with a dashboard, and yield its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"localhost:{free.getsockname()[1]}"
    arguments = ["serve", "--port", host.partition(":")[2], "--dashboard", "counts.sqlite"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "emoticare", *arguments],
            cwd=folder,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(f"http://{host}/readyz", server)
        yield host
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address):
            return
        time.sleep(0.1)
    raise AssertionError("the server does not serve")
