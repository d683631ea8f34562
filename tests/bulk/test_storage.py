"""Object stores: memory:// in this process, and s3:// on moto's server."""

import io
import json
import os
import time

import fsspec
import pyarrow as pa
import pytest
from score_tables import N_ROWS

from emoticare import DataError, UsageError
from emoticare.bulk import locks, score_to_stream

# botocore and moto's server leave sockets to the end of the process.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def s3_server():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["memory", "s3"])
def store(request, monkeypatch):
    """The address of an empty place in an object store."""
    if request.param == "memory":
        yield "memory://bucket"
        fsspec.filesystem("memory").store.clear()
        return
    variables = {
        "AWS_ENDPOINT_URL": request.getfixturevalue("s3_server"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    fs = fsspec.filesystem("s3", skip_instance_cache=True)
    fs.mkdir("bucket")
    yield "s3://bucket"
    fs.rm("bucket", recursive=True)
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def read(url):
    with fsspec.open(url, "rb") as file:
        return file.read()


def write(url, content):
    with fsspec.open(url, "wb") as file:
        file.write(content)


def names(store):
    fs, path = fsspec.url_to_fs(store)
    fs.invalidate_cache()
    return sorted(found.rpartition("/")[2] for found in fs.find(path))


@pytest.mark.parametrize("ending", ["csv.gz", "parquet", "jsonl"])
def test_the_same_bytes_as_on_a_disk(store, score, table, tmp_path, ending):
    write(f"{store}/in/a.csv", table.read_bytes())
    score(table, tmp_path / f"out.{ending}")
    score(f"{store}/in/*.csv", f"{store}/out.{ending}")
    assert read(f"{store}/out.{ending}") == (tmp_path / f"out.{ending}").read_bytes()
    assert names(store) == ["a.csv", f"out.{ending}"]
    sink = io.BytesIO()
    score_to_stream([f"{store}/in"], sink, output_format="csv")
    assert sink.getvalue().count(b"\n") == N_ROWS + 1


def test_a_run_that_is_stopped_goes_on(store, score, table, tmp_path):
    write(f"{store}/in.csv", table.read_bytes())

    def stop(progress):
        if progress.rows >= 24:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(f"{store}/in.csv", f"{store}/out/", output_format="parquet", on_progress=stop)
    summary = score(f"{store}/in.csv", f"{store}/out/", output_format="parquet")
    assert summary.rows_this_run == N_ROWS - 24
    shards = [name for name in names(f"{store}/out") if name.startswith("part-")]
    tables = [pa.parquet.read_table(io.BytesIO(read(f"{store}/out/{name}"))) for name in shards]
    found = pa.concat_tables(tables)["id"].to_pylist()
    assert found == [f"{i:03}" for i in range(N_ROWS)]
    assert "lock" not in names(f"{store}/out")
    write(f"{store}/in.csv", table.read_bytes() + b"more,so happy,1\n")
    with pytest.raises(UsageError, match="has changed"):
        score(f"{store}/in.csv", f"{store}/out/", output_format="parquet")


@pytest.mark.parametrize(
    ("holder", "is_held"),
    [
        ({"host": "elsewhere", "pid": 1, "renewed": time.time() + 3600}, True),
        ({"host": "elsewhere", "pid": 1, "renewed": time.time() - 3600}, False),
        ({"host": locks.this_machine(), "pid": os.getpid(), "renewed": 4e9}, True),
        ({"host": locks.this_machine(), "pid": 2**22 + 1, "renewed": 4e9}, False),
        ({"host": locks.this_machine(), "pid": "x", "renewed": 4e9}, False),
        ({}, False),
        ([], False),
    ],
)
def test_a_second_run_is_refused_unless_the_first_is_dead(store, score, table, holder, is_held):
    write(f"{store}/in.csv", table.read_bytes())
    write(f"{store}/out/_emoticare/lock", json.dumps(holder).encode())
    if is_held:
        with pytest.raises(UsageError, match="no other run"):
            score(f"{store}/in.csv", f"{store}/out/", output_format="csv")
    else:
        assert score(f"{store}/in.csv", f"{store}/out/", output_format="csv").rows == N_ROWS


def test_a_lock_is_renewed(store, score, table, monkeypatch):
    monkeypatch.setattr(locks, "_RENEWED_S", 0.02)
    fs = fsspec.url_to_fs(store)[0]
    write(f"{store}/in.csv", table.read_bytes())
    seen = []

    def look(_):
        time.sleep(0.05)
        fs.invalidate_cache()
        (sign,) = fs.glob(f"{store}/out/_emoticare/lock.alive-*") or [
            f"{store}/out/_emoticare/lock"
        ]
        seen.append(json.loads(fs.cat_file(sign))["renewed"])

    score(f"{store}/in.csv", f"{store}/out/", output_format="csv", on_progress=look)
    assert len(set(seen)) > 2
    assert not [name for name in names(f"{store}/out") if name.startswith("lock")]


def test_what_is_missing(store, score):
    with pytest.raises(DataError, match="found none"):
        score(f"{store}/nothing.csv", f"{store}/out/")
