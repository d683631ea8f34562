import os
import subprocess
import sys
from pathlib import Path

import pytest
from skips import missing_package

from emoticare.errors import MissingExtraError

MODULE = "import no_such_package.part\n\ndef test_it():\n    pass\n"
LATE = "def test_late():\n    import no_such_package\n\ndef test_here():\n    pass\n"


@pytest.fixture
def run_tests(tmp_path):
    """Runs tests that need a package which is missing: a file, a folder and a function."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -ra -p skips\n")
    (tmp_path / "test_file.py").write_text(MODULE)
    (tmp_path / "test_function.py").write_text(LATE)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "conftest.py").write_text("import no_such_package\n")
    (tmp_path / "folder" / "test_inside.py").write_text("def test_inside():\n    pass\n")

    def run(*options: str, **variables: str) -> str:
        inherited = {k: v for k, v in os.environ.items() if k != "EMOTICARE_FAIL_ON_SKIP"}
        paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
        environment = {**inherited, "PYTHONPATH": paths, **variables}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.stdout

    return run


def test_what_needs_a_missing_package_is_skipped_and_says_why(run_tests):
    output = run_tests()
    assert "1 passed, 3 skipped" in output
    assert output.count("needs no_such_package, which is not installed") == 3


def test_a_skip_is_a_failure_where_everything_should_be_there(run_tests):
    output = run_tests(EMOTICARE_FAIL_ON_SKIP="1")
    assert "skipped" not in output.splitlines()[-1]
    assert "error" in output.splitlines()[-1]


def test_only_what_failed_last_is_run_again(run_tests, tmp_path):
    (tmp_path / "test_wrong.py").write_text("def test_wrong():\n    assert False\n")
    run_tests()
    output = run_tests("--last-failed")
    assert "INTERNALERROR" not in output
    assert "1 failed" in output.splitlines()[-1]


def test_a_module_of_our_own_is_no_missing_package():
    assert missing_package(ModuleNotFoundError("no", name="emoticare.nothing")) is None
    assert missing_package(ImportError("cannot import name")) is None
    assert missing_package(None) is None
    missing_extra = MissingExtraError("Training", "train")
    missing_extra.__cause__ = ModuleNotFoundError("no", name="torch.nn")
    assert missing_package(missing_extra) == "torch"
