"""Where a result goes, what may be overwritten, and what is removed."""

import hashlib
from pathlib import Path

import pytest

from emoticare import UsageError
from emoticare.bulk.formats import TableFormat, parse_format
from emoticare.bulk.inputs import InputFile
from emoticare.bulk.output import Output, check_pipe_format
from emoticare.bulk.shards import ShardId

CSV = InputFile("in.csv.gz", parse_format("csv.gz"), 1, "1")
PARQUET = TableFormat("parquet")


def parsed(path, given=None):
    return Output.parse(str(path), given, CSV)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def file_output(tmp_path) -> Output:
    return parsed(tmp_path / "out.csv.gz")


@pytest.fixture
def folder_output(tmp_path) -> Output:
    return parsed(f"{tmp_path}/out/")


def begin(output: Output) -> None:
    """Make the files of a job that is at work."""
    for path in (output.manifest_path, output.lock_path, output.shard_path(ShardId(0, 1))):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(b"abc")


def test_an_ending_makes_a_file_of_its_format(tmp_path, file_output):
    assert not file_output.is_folder
    assert file_output.path == str(tmp_path / "out.csv.gz")
    assert (file_output.format.name, file_output.shard_format.name) == ("csv.gz", "csv")
    assert file_output.shard_folder == f"{file_output.path}.partial"
    assert file_output.manifest_path == f"{file_output.path}.partial/manifest.json"
    assert file_output.lock_path == f"{file_output.path}.partial/lock"
    shard = file_output.shard_path(ShardId(3, 12))
    assert shard == f"{file_output.path}.partial/part-00003-00012.csv"


@pytest.mark.parametrize("path", ["out/", "out.csv/", "out\\"])
def test_other_paths_make_a_folder_of_the_inputs_format(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    output = parsed(path)
    assert output.is_folder
    assert output.path == str(tmp_path / path.rstrip("/\\"))
    assert (output.format.name, output.shard_format.name) == ("csv.gz", "csv.gz")
    assert output.shard_folder == output.path
    assert output.manifest_path == f"{output.path}/_emoticare/manifest.json"
    assert output.lock_path == f"{output.path}/_emoticare/lock"
    assert output.shard_path(ShardId(0, 0)) == f"{output.path}/part-00000-00000.csv.gz"


def test_what_is_made_of_all_rows_at_once_is_no_folder(tmp_path):
    assert parsed(tmp_path / "out.xlsx").shard_format.is_cells
    with pytest.raises(UsageError, match="Expected one file as output for xlsx"):
        parsed(f"{tmp_path}/out/", TableFormat("xlsx"))


@pytest.mark.parametrize("name", ["out.csv", "out", "out.xls"])
def test_a_folder_that_is_there_is_one_whatever_its_name(tmp_path, name):
    (tmp_path / name).mkdir()
    assert parsed(tmp_path / name).is_folder


@pytest.mark.parametrize("given", [None, PARQUET])
@pytest.mark.parametrize(
    ("name", "found"),
    [("out.xls", r"\.xls"), ("out", "no ending"), ("out.d/out", "no ending")],
)
def test_an_unknown_ending_is_refused_with_those_that_are_known(tmp_path, name, found, given):
    message = (
        rf"ends in \.csv, .* \.xlsx, \.sqlite or \.db, found {found}; a new folder .*/{name}/$"
    )
    with pytest.raises(UsageError, match=message):
        parsed(tmp_path / name, given)


def test_a_format_that_is_given(tmp_path):
    assert parsed(f"{tmp_path}/out/", PARQUET).format == PARQUET
    assert parsed(tmp_path / "out.parquet", PARQUET).format == PARQUET
    assert not parsed(tmp_path / "out.parquet", PARQUET).is_folder
    with pytest.raises(UsageError, match=r"an output that ends in \.parquet"):
        parsed(tmp_path / "out.csv", PARQUET)


def test_an_address_stays_as_it_is():
    assert parsed("memory://bucket/out/").path == "memory://bucket/out"
    assert parsed("memory://bucket/out.csv").path == "memory://bucket/out.csv"


def test_a_shard_is_there_with_its_size_and_its_sum(file_output):
    begin(file_output)
    shard, sha256 = ShardId(0, 1), hashlib.sha256(b"abc").hexdigest()
    sizes = file_output.storage.sizes(file_output.shard_folder)
    assert file_output.has_shard(shard, 3, sizes)
    assert not file_output.has_shard(shard, 4, sizes)
    assert not file_output.has_shard(ShardId(0, 2), 3, sizes)
    assert file_output.read_shard(shard, sha256) == b"abc"
    assert file_output.read_shard(shard, hashlib.sha256(b"abd").hexdigest()) is None


def test_a_file_is_not_overwritten_unless_asked(file_output):
    file_output.check_free(restart=False)
    Path(file_output.path).write_text("old")
    with pytest.raises(UsageError, match="Expected a new output"):
        file_output.check_free(restart=False)
    file_output.check_free(restart=True)
    begin(file_output)
    file_output.check_free(restart=False)


def test_a_folder_of_other_files_is_never_written_to(folder_output):
    folder_output.check_free(restart=False)
    Path(folder_output.path, "_emoticare").mkdir(parents=True)
    Path(folder_output.path, "_emoticare", "lock").write_text("")
    folder_output.check_free(restart=False)
    Path(folder_output.path, "other").write_text("")
    for restart in (False, True):
        with pytest.raises(UsageError, match="Expected a new or empty folder"):
            folder_output.check_free(restart=restart)
    begin(folder_output)
    folder_output.check_free(restart=False)


def test_a_place_that_is_no_plain_file(tmp_path, file_output):
    Path(file_output.path).symlink_to(tmp_path)
    with pytest.raises(UsageError, match="found a folder"):
        file_output.check_free(restart=True)


def test_the_work_is_removed_and_nothing_else(tmp_path, folder_output):
    begin(folder_output)
    for name in ("part-00000-1.csv", "part-00000-00001.csv.1", "other-00000-00000.csv"):
        Path(folder_output.path, name).write_text("not ours")
    folder_output.remove_work()
    assert files(tmp_path / "out") == [
        "_emoticare", "_emoticare/lock", "other-00000-00000.csv", "part-00000-00001.csv.1",
        "part-00000-1.csv",
    ]  # fmt: skip


def test_work_that_never_began_is_no_error(tmp_path, file_output):
    file_output.remove_work()
    assert files(tmp_path) == []


def test_the_manifest_goes_last(file_output, monkeypatch):
    """It never tells of shards that are missing, wherever a removal was stopped."""
    begin(file_output)
    removed = []
    monkeypatch.setattr(type(file_output.storage), "remove", lambda _, path: removed.append(path))
    file_output.remove_work()
    assert removed == [file_output.shard_path(ShardId(0, 1)), file_output.manifest_path]


def test_a_finished_file_leaves_nothing_beside_it(tmp_path, file_output):
    begin(file_output)
    Path(file_output.shard_path(ShardId(0, 1))).unlink()
    file_output.remove_state_folder()
    assert files(tmp_path) == []


@pytest.mark.parametrize("has_begun", [False, True])
@pytest.mark.parametrize("kind", ["file_output", "folder_output"])
def test_a_job_that_never_began_leaves_no_trace(request, tmp_path, kind, has_begun):
    output = request.getfixturevalue(kind)
    Path(output.lock_path).parent.mkdir(parents=True)
    Path(output.lock_path).write_text("")
    if has_begun:
        Path(output.manifest_path).write_text("{}")
    before = files(tmp_path)
    output.remove_unused()
    # The folder of shards may be the user's; whoever made it removes it.
    nothing = ["out"] if output.is_folder else []
    assert files(tmp_path) == (before if has_begun else nothing)


@pytest.mark.parametrize("kind", ["file_output", "folder_output"])
def test_drafts_are_removed_from_both_folders(request, tmp_path, kind):
    output = request.getfixturevalue(kind)
    begin(output)
    for folder in {output.shard_folder, str(Path(output.manifest_path).parent)}:
        Path(folder, ".emoticare-0123.tmp").write_text("")
        Path(folder, "kept.tmp").write_text("")
    output.remove_drafts()
    assert not [name for name in files(tmp_path) if ".emoticare-" in name]
    assert Path(output.shard_folder, "kept.tmp").exists()


def test_parquet_goes_down_no_pipe():
    with pytest.raises(UsageError, match=r"\(csv, .*arrow\)"):
        check_pipe_format(PARQUET)
    assert check_pipe_format(TableFormat("arrow")) == TableFormat("arrow")
