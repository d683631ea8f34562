"""Ray on this machine: the same bytes as the local engine, whoever is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from score_tables import contents

import emoticare.bulk.ray
from emoticare.bulk.ray_engine import RayEngine
from emoticare.errors import EmoticareError

# Ray opens files and sockets that it leaves to the end of the process.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def ray():
    """Ray with two processors, as `RayEngine` finds it when it runs inside a Ray program."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    ray.init(
        num_cpus=2,
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
        log_to_driver=False,
        logging_level="error",
    )
    yield ray
    ray.shutdown()


def workers_below(pid: int) -> list[int]:
    """Return the processes of our actors that descend from a process."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            names[int(folder.name)] = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])

    def descends(process):
        while process > 1:
            process = parents.get(process, 0)
            if process == pid:
                return True
        return False

    return [p for p, name in names.items() if b"_ShardScorer" in name and descends(p)]


def next_worker(killed: list[int]) -> int:
    """Wait for a worker that is not killed yet: Ray may be starting it just now."""
    deadline = time.monotonic() + 60
    while not (alive := set(workers_below(os.getpid())) - set(killed)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return min(alive)


def test_ray_and_local_give_the_same_bytes(ray, score, mixed_table, tmp_path):
    local = score(mixed_table, f"{tmp_path}/local/", output_format="parquet")
    remote = score(mixed_table, f"{tmp_path}/ray/", output_format="parquet", engine=RayEngine())
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    assert (remote.rows, remote.failures, remote.label_counts) == (
        local.rows,
        local.failures,
        local.label_counts,
    )


def test_ray_reads_what_was_said_before_as_the_local_engine_does(
    ray, score_replies, replies, tmp_path
):
    score_replies(replies, tmp_path / "local.csv")
    score_replies(replies, tmp_path / "ray.csv", engine=RayEngine(n_workers=1))
    assert (tmp_path / "ray.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()


def test_a_killed_actor_is_replaced_and_loses_nothing(ray, score, mixed_table, tmp_path):
    killed = []

    def kill(progress):
        if progress.rows and len(killed) < 3:
            worker = next_worker(killed)
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)

    score(mixed_table, tmp_path / "local.csv")
    engine = RayEngine(n_workers=1)
    score(mixed_table, tmp_path / "ray.csv", engine=engine, on_progress=kill)
    assert len(set(killed)) == 3
    assert (tmp_path / "ray.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()


def test_an_error_of_an_actor_is_ours(ray, score, table, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o500)
    if os.access(tmp_path / "out", os.W_OK):  # root may write anywhere
        (tmp_path / "out").rmdir()
        (tmp_path / "file").write_text("")
        out = f"{tmp_path}/file/out/"
    else:
        out = tmp_path / "out"
    with pytest.raises(EmoticareError, match="could not be written"):
        score(table, out, output_format="csv", engine=RayEngine(n_workers=1))


def test_a_dataset_of_ray_data(ray, tiny_artifact, tiny, tmp_path):
    import ray.data

    texts = ["so happy", None, "i hate it", "very sad"] * 50
    dataset = ray.data.from_arrow(pa.table({"id": range(200), "body": texts}))
    scored = emoticare.bulk.ray.score_dataset(
        dataset, "body", scores="top", model=tiny_artifact, batch_size=64
    )
    rows = sorted(scored.take_all(), key=lambda row: row["id"])
    expected = iter(tiny.predict(text for text in texts if text))
    for row, text in zip(rows, texts, strict=True):
        prediction = next(expected) if text else None
        if prediction is None:
            assert (row["emotion_labels"], row["emotion_error"]) == (None, "no text")
        else:
            assert list(row["emotion_labels"]) == prediction.labels
            assert row["emotion_top_score"] == pytest.approx(max(prediction.scores.values()))


def test_a_killed_driver_goes_on(score, mixed_table, tmp_path, tiny_model_folder):
    score(mixed_table, f"{tmp_path}/local/", output_format="csv", settings={"shard_rows": 1})
    out = tmp_path / "ray"
    options = ["--format", "csv", "--shard-rows", "1", "--engine", "ray", "--workers", "1", "-q"]
    command = [sys.executable, "-m", "emoticare", "score", mixed_table, "-o", f"{out}/", *options]
    command += ["--model", tiny_model_folder]
    messages = tmp_path / "stderr.txt"
    with messages.open("w") as stderr:
        driver = subprocess.Popen(command, stderr=stderr, start_new_session=True)
    deadline = time.monotonic() + 240
    while len(contents(out)) < 5:
        assert driver.poll() is None, messages.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.001)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert len(contents(out)) < len(contents(tmp_path / "local")), "the work was too short"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert contents(out) == contents(tmp_path / "local")


@pytest.mark.parametrize("error", [ConnectionError, OSError, RuntimeError, "RpcError"], ids=str)
def test_a_cluster_that_cannot_be_reached(monkeypatch, score, table, tmp_path, error):
    import ray

    def fail(**arguments):
        assert arguments["address"] == "10.0.0.1:6379"
        raise (ray.exceptions.RpcError if error == "RpcError" else error)("no")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", fail)
    with pytest.raises(EmoticareError, match=r"Expected Ray at 10\.0\.0\.1:6379"):
        score(table, tmp_path / "out.csv", engine=RayEngine("10.0.0.1:6379"))
