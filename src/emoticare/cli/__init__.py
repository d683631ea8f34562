"""The command line: one module a command, and no logic beyond options and printing."""

from emoticare.cli.app import main

__all__ = ["main"]
