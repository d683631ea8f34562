"""The command line: one module a command, and no logic beyond options and printing."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; see `emoticare.cli.app.main`."""
    try:
        from emoticare.cli.app import main as run
    except KeyboardInterrupt:
        # Ctrl-C while modules are imported.
        sys.stderr.write("emoticare: interrupted.\n")
        sys.exit(_INTERRUPTED)
    run()
