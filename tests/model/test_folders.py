from pathlib import Path

import pytest

from emoticare.errors import ArtifactError
from emoticare.model.folders import holds_only, save_folder

CONTENTS = {"a.txt": b"new", "sub/b.txt": b"b"}


def save(folder: Path, *, may_replace: bool = False) -> None:
    save_folder(folder, CONTENTS, kind="a test", may_replace=lambda _: may_replace)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_new_folder_and_its_parents(tmp_path: Path) -> None:
    save(tmp_path / "x" / "y")
    assert files(tmp_path) == {f"x/y/{name}": content for name, content in CONTENTS.items()}


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    save(tmp_path / "x")
    assert files(tmp_path / "x") == CONTENTS


def test_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path / "x")
    save(Path())
    assert files(tmp_path) == {f"x/{name}": content for name, content in CONTENTS.items()}


def test_replace(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.txt").write_bytes(b"old")
    save(tmp_path / "x", may_replace=True)
    assert files(tmp_path) == {f"x/{name}": content for name, content in CONTENTS.items()}


def test_something_else_stays(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.txt").write_bytes(b"old")
    (tmp_path / "file").write_bytes(b"old")
    for name in ("x", "file"):
        with pytest.raises(ArtifactError, match=r"one with a test.*holds something else"):
            save(tmp_path / name)
    assert files(tmp_path) == {"x/a.txt": b"old", "file": b"old"}


@pytest.mark.parametrize("failing", ["write", "rename"])
def test_a_failure_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.txt").write_bytes(b"old")
    rename = Path.rename

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def fail_for_the_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            full_disk()
        return rename(self, target)

    if failing == "write":
        monkeypatch.setattr("os.fsync", full_disk)
    else:
        monkeypatch.setattr("emoticare.model.folders._exchange", lambda *_: False)
        monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(ArtifactError, match=r"could not be saved.*No space left"):
        save(tmp_path / "x", may_replace=True)
    assert files(tmp_path) == {"x/a.txt": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_holds_only(tmp_path: Path) -> None:
    assert holds_only(tmp_path, CONTENTS)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").touch()
    assert holds_only(tmp_path, CONTENTS)
    (tmp_path / "sub" / "c.txt").touch()
    assert not holds_only(tmp_path, CONTENTS)
    assert holds_only(tmp_path, [*CONTENTS, "sub/c.txt"])
    (tmp_path / "other").mkdir()
    assert not holds_only(tmp_path, [*CONTENTS, "sub/c.txt"])
