import asyncio
import json
import logging
import queue
import threading

from emoticare.server.logs import (
    JsonFormatter,
    _LineHandler,
    configure_loop_logs,
    logging_to_stderr,
)


def record_of(error: ValueError) -> logging.LogRecord:
    try:
        raise error
    except ValueError as caught:
        info = (type(caught), caught, caught.__traceback__)
    return logging.LogRecord("x", logging.ERROR, __file__, 1, "it failed", (), info)


def test_an_exception_is_its_type_and_its_place():
    line = json.loads(JsonFormatter().format(record_of(ValueError("secret"))))
    assert line["exception"] == "ValueError"
    assert "record_of" in line["stack"][-1]
    assert "secret" not in json.dumps(line)


def test_what_no_task_caught_is_not_quoted(caplog):
    async def fail():
        raise ValueError("secret")

    async def run():
        configure_loop_logs(asyncio.get_running_loop())
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert task.done()
        del task

    asyncio.run(run())
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("ValueError" in line for line in lines)
    assert not any("secret" in line for line in lines)


def test_lines_on_standard_error_are_json_without_messages_of_exceptions(capfd, monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(threading, "excepthook", None)
    with logging_to_stderr():
        logging.getLogger("x").handle(record_of(ValueError("secret")))
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    first, second = map(json.loads, capfd.readouterr().err.splitlines())
    assert (first["message"], first["exception"]) == ("it failed", "ValueError")
    assert second["exception"] == "ZeroDivisionError"


def test_a_reader_that_stops_reading_holds_up_nobody():
    lines = queue.Queue(1)
    handler = _LineHandler(lines)
    for _ in range(3):
        handler.handle(record_of(ValueError("secret")))
    assert lines.full()
