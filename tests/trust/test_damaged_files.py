"""Files of every kind with bytes that are not what they were: an answer, soon, and no crash."""

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

import emoticare
from emoticare import Policy
from emoticare.bulk import ScoreSettings, score_files
from emoticare.data.faults import Faults
from emoticare.data.table_formats import read_records
from emoticare.errors import EmoticareError
from emoticare.labels import LABELS
from emoticare.meaning.conversation import parse_chat
from emoticare.model.artifact import FILES, MANIFEST, load_artifact
from emoticare.model.overlay import Overlay, read_overlay
from emoticare.server.keys.key_file import new_key, read_key_file
from emoticare.stages.decision import Thresholds

N_FILES = 400
MOST_S = 20
EXPORTS = Path(__file__).parents[1] / "meaning" / "conversation" / "exports"


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes with a few faults: flipped, lost, doubled, foreign, or huge."""
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + rng.choice([1, 2, 8, 100]))
        part = content[start:end]
        new = rng.choice([
            bytes(byte ^ 1 << rng.randrange(8) for byte in part),
            b"",
            part * 2,
            part * 500,
            rng.randbytes(len(part)),
            rng.choice([b"9" * 5000, b"\xff\xfe", b"\x00", b"[" * 3000, b'"', b"\n", b"1e999"]),
        ])  # fmt: skip
        content = content[:start] + new + content[end:]
        if rng.random() < 0.1:
            content = content[: rng.randrange(len(content) + 1)]
    return content


TABLE = {"text": ["so happy", "i hate it", 'a "b", c'] * 4, "n": list(range(12))}
LINES = "".join(json.dumps(row) + "\n" for row in pa.table(TABLE).to_pylist())
CSV = 'text,n\nso happy,1\n"i ""hate"" it",2\n"two\nlines",3\n' * 3


def table_bytes(ending: str) -> bytes:
    if ending == "parquet":
        sink = io.BytesIO()
        pa.parquet.write_table(pa.table(TABLE), sink)
        return sink.getvalue()
    if ending == "arrow":
        sink = io.BytesIO()
        with pa.ipc.new_file(sink, pa.table(TABLE).schema) as writer:
            writer.write_table(pa.table(TABLE))
        return sink.getvalue()
    plain = {"csv": CSV, "tsv": CSV.replace(",", "\t"), "jsonl": LINES}[ending.partition(".")[0]]
    if ending.endswith(".gz"):
        return gzip.compress(plain.encode())
    if ending.endswith(".zst"):
        return pa.compress(plain.encode(), codec="zstd", asbytes=True)
    return plain.encode()


def attack(content: bytes, read, count) -> None:
    """Read so many damaged copies; each is an answer within a time."""
    for seed in range(count(N_FILES)):
        start_s = time.monotonic()
        try:
            read(mutated(content, random.Random(seed)))
        except EmoticareError:
            pass
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        assert time.monotonic() - start_s < MOST_S, f"seed {seed}"


@pytest.mark.parametrize(
    "ending", ["csv", "tsv", "jsonl", "csv.gz", "jsonl.zst", "parquet", "arrow"]
)
def test_tables(tiny_artifact, tmp_path, count, ending):
    source, target = tmp_path / f"in.{ending}", tmp_path / "out.jsonl"

    def read(content):
        source.write_bytes(content)
        settings = ScoreSettings(shard_rows=5)
        score_files([str(source)], str(target), settings, model=tiny_artifact, restart=True)

    attack(table_bytes(ending), read, count)


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_labelled_tables(tmp_path, count, ending):
    path = tmp_path / f"labelled.{ending}"

    def read(content):
        path.write_bytes(content)
        list(read_records(path, ["text"], Faults("", "")))

    attack(table_bytes(ending), read, count)


CHATS = {
    "discord": "discord.json", "srt": "film.srt", "vtt": "meeting.vtt", "slack": "slack_day.json",
    "whatsapp": "whatsapp_ios_de.txt",
}  # fmt: skip


@pytest.mark.parametrize("name", CHATS)
def test_chats(count, name):
    content = (EXPORTS / CHATS[name]).read_bytes()
    attack(content, lambda damaged: parse_chat(damaged.decode(errors="replace")), count)


def test_policies(count, tmp_path):
    path = tmp_path / "policy.toml"
    source = Path(emoticare.__file__).parent / "meaning" / "moderation" / "default.toml"

    def read(content):
        path.write_bytes(content)
        Policy.read(path)

    attack(source.read_bytes(), read, count)


def test_overlays(count, tmp_path):
    path = tmp_path / "overlay.json"
    numbers = dict.fromkeys(LABELS, 0.5)
    overlay = Overlay(Thresholds(0.5, numbers), numbers, numbers, model="m", objective="o")

    def read(content):
        path.write_bytes(content)
        read_overlay(path, LABELS)

    attack(overlay.to_bytes(), read, count)


def test_named_keys(count, tmp_path):
    path = tmp_path / "keys.toml"

    def read(content):
        path.write_bytes(content)
        read_key_file(path)

    attack("\n".join(new_key(name)[1] for name in ("one", "two")).encode(), read, count)


@pytest.mark.parametrize("name", ["manifest.json", "part-00000-00001.csv"])
def test_the_state_of_a_job(tiny_artifact, tmp_path, count, name):
    """Whatever became of it, the result is whole, or there is none."""
    source, whole = tmp_path / "in.csv", tmp_path / "whole.csv"
    source.write_bytes(b"text\n" + b"so happy\ni hate it\n" * 10)
    settings = ScoreSettings(shard_rows=5)

    def score(out, **arguments):
        score_files([str(source)], str(out), settings, model=tiny_artifact, **arguments)

    def stop(progress):
        if progress.rows >= 15:
            raise KeyboardInterrupt

    score(whole)
    begun = tmp_path / "begun.csv"
    with pytest.raises(KeyboardInterrupt):
        score(begun, on_progress=stop)
    state = tmp_path / "begun.csv.partial"
    out = tmp_path / "out.csv"

    def read(content):
        out.unlink(missing_ok=True)
        shutil.rmtree(tmp_path / "out.csv.partial", ignore_errors=True)
        shutil.copytree(state, tmp_path / "out.csv.partial")
        (tmp_path / "out.csv.partial" / name).write_bytes(content)
        score(out)
        assert out.read_bytes() == whole.read_bytes()

    attack((state / name).read_bytes(), read, count)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
@pytest.mark.parametrize("is_forged", [False, True], ids=["damaged", "with a new sum"])
def test_models(tiny_model_folder, tmp_path, count, name, is_forged):
    folder = shutil.copytree(tiny_model_folder, tmp_path / "model")
    content = (folder / name).read_bytes()

    def read(damaged):
        (folder / name).write_bytes(damaged)
        if is_forged and name != MANIFEST:
            manifest = json.loads((tiny_model_folder / MANIFEST).read_bytes())
            entry = {"bytes": len(damaged), "sha256": hashlib.sha256(damaged).hexdigest()}
            manifest["files"][name] = entry
            (folder / MANIFEST).write_text(json.dumps(manifest))
        classifier = emoticare.load(load_artifact(folder), threads=1)
        classifier.predict(["so happy", ""])

    # What the libraries print of themselves does not matter here.
    with Path(os.devnull).open("w") as nothing:
        before = os.dup(2)
        os.dup2(nothing.fileno(), 2)
        try:
            attack(content, read, count)
        finally:
            os.dup2(before, 2)
            os.close(before)
