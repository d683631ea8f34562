"""Logs on standard error, one line each: as JSON, or for whoever reads them at a terminal.

They never carry a text.

An exception's message may quote what it failed on, so only its type and its place are written.
"""

import asyncio
import json
import logging
import queue
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from typing import Any, Final

_MOST_LINES: Final = 10_000
FIELDS: Final = "emoticare_fields"
"""Name under which a log record carries further fields."""


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= exception_fields(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class TerminalFormatter(logging.Formatter):
    """Writes a record as one line that is easy to read."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = dict(getattr(record, FIELDS, {}))
        if record.exc_info and record.exc_info[1] is not None:
            fields |= exception_fields(record.exc_info[1])
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        told = [f"{name}={value}" for name, value in fields.items()]
        line = " ".join([time, record.levelname.lower(), record.getMessage(), *told])
        # Whatever is in it, it cannot steer the terminal.
        return "".join(c if c.isprintable() else " " for c in line)


def exception_fields(error: BaseException) -> dict[str, object]:
    """Return an exception's type and where it was raised, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "exception": type(error).__name__,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def log_fields(
    logger: logging.Logger,
    message: str,
    fields: Mapping[str, object],
    level: int = logging.INFO,
) -> None:
    """Log a message with fields of its own."""
    logger.log(level, message, extra={FIELDS: fields})


def log_failure(error: BaseException) -> None:
    """Log a fault of the server."""
    logging.getLogger(__name__).error("the server failed", exc_info=error)


def is_at_terminal() -> bool:
    """Return whether a person sees what is written to standard error."""
    try:
        return sys.stderr.isatty()
    except ValueError:  # it is closed
        return False


def announce(url: str) -> None:
    """Say where the server is."""
    if is_at_terminal():
        sys.stderr.write(f"EmotiCare at {url}, Ctrl-C stops\n")
    else:
        logging.getLogger("emoticare.server").info("listening on %s", url)


@contextmanager
def logging_to_stderr() -> Iterator[None]:
    """Send all logs of this process, and what no thread caught, to standard error.

    Another thread writes, so that a reader who dawdles holds up no request; should it stop reading,
    lines are lost.
    """
    lines: queue.Queue[logging.LogRecord] = queue.Queue(_MOST_LINES)
    handler = _LineHandler(lines)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    threading.excepthook = lambda failed: _log_uncaught("thread", failed.exc_value)
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(TerminalFormatter() if is_at_terminal() else JsonFormatter())
    listener = QueueListener(lines, writer)
    listener.start()
    try:
        yield
    finally:
        listener.stop()


class _LineHandler(QueueHandler):
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        # Nothing is pickled here, so the thread that writes a line may also format it.
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        with suppress(queue.Full):
            super().enqueue(record)


def configure_loop_logs(loop: asyncio.AbstractEventLoop) -> None:
    """Keep the event loop from printing exceptions as they are."""
    loop.set_exception_handler(lambda _, context: _log_uncaught("task", context.get("exception")))


def _log_uncaught(where: str, error: Any) -> None:
    logging.getLogger(__name__).error("a %s failed", where, exc_info=error)
