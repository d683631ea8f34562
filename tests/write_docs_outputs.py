"""Writes what code in the pages of docs/ prints anew, after a new model was put into the package.

python tests/write_docs_outputs.py [PAGE...]

An output that differs by no more than processors do stays as it is.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from documented import (
    DOCS,
    PAGES,
    ROOT,
    TUTORIAL_SCRIPTS,
    TUTORIALS,
    fenced,
    is_alike,
    most_like,
    run_page,
    serving,
)


def renew(page: Path, folder: Path, host: str) -> str:
    """Return a page with what its code prints today."""
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    for run in reversed(list(run_page(page, folder, host))):
        if not run.is_as_shown:
            first, after = run.block.shown_at
            lines[first:after] = [line.rstrip() + "\n" for line in run.printed.splitlines()]
    return "".join(lines)


def renew_tutorial(page: Path) -> str:
    """Return a tutorial's page; its blocks are the parts most like them of what its script prints.

    They keep their numbers of lines.
    """
    script = TUTORIAL_SCRIPTS / f"{page.stem}.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    text = page.read_text(encoding="utf-8")
    for shown in fenced(page, "text"):
        printed = most_like(shown, done.stdout)
        if not is_alike(shown, printed):
            text = text.replace(f"```text\n{shown}", f"```text\n{printed}")
    return text


def _write(page: Path, text: str) -> None:
    if text != page.read_text(encoding="utf-8"):
        page.write_text(text, encoding="utf-8")
        sys.stdout.write(f"renewed: {page.relative_to(ROOT)}\n")


def main() -> None:
    """Renew all pages, or those that are named."""
    chosen = sys.argv[1:] or [*PAGES, *(f"tutorials/{name}.md" for name in TUTORIALS)]
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as host:
        for chosen_page in chosen:
            page = DOCS / chosen_page
            if page.parent.name == "tutorials":
                _write(page, renew_tutorial(page))
            else:
                folder = Path(name) / page.stem
                folder.mkdir()
                _write(page, renew(page, folder, host))


if __name__ == "__main__":
    main()
