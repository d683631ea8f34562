"""When a test is skipped: a package of an extra is missing; and where that is a failure, as in CI.

A plugin of pytest, which conftest.py loads.
"""

import os
from collections.abc import Generator

import pytest


def missing_package(error: BaseException | None) -> str | None:
    """Return the package whose absence is the cause of an error, or the cause of its cause."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            package = error.name.partition(".")[0]
            return None if package == "emoticare" else package
        # The failure of a conftest.py has its cause as an attribute.
        error = getattr(error, "cause", None) or error.__cause__
    return None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Skip a file, or a folder with its conftest.py, that imports a package which is missing."""
    report = yield
    # Of a file that pytest leaves out, as with --last-failed, there is a report but no call.
    call: pytest.CallInfo[object] | None = getattr(report, "call", None)
    excinfo = call.excinfo if call else None
    package = missing_package(excinfo.value) if excinfo else None
    if report.failed and package and not os.environ.get("EMOTICARE_FAIL_ON_SKIP"):
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, _reason(package))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Skip a test that a missing package stopped; fail a skip where everything should be there."""
    report = yield
    package = missing_package(call.excinfo.value) if call.excinfo else None
    if report.failed and package:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, _reason(package))
    # A GPU need not be there; what is known to fall short is expected to fail, and is no skip.
    may_skip = item.get_closest_marker("gpu") is not None or hasattr(report, "wasxfail")
    if report.skipped and not may_skip and os.environ.get("EMOTICARE_FAIL_ON_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report


def _reason(package: str) -> str:
    return f"Skipped: needs {package}, which is not installed; pip install -e '.[dev]' brings it"
