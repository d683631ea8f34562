"""What teachers say of texts: kept in a small file, so that nobody has to train them again.

A text is known by a hash, not by itself, so the file holds no text and works for any data set.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoticare.data.identity import neutral_statements
from emoticare.data.mixture import Source, part_of
from emoticare.errors import DataError, UsageError
from emoticare.model.files import write_file
from emoticare.stages.batches import cut_batches, pad
from emoticare.stages.text import clean_texts
from emoticare.stages.tokens import TextTokenizer

Keys = npt.NDArray[np.uint64]
Logits = npt.NDArray[np.float16]

_TOKEN_BUDGET = 2048
_MAX_LENGTH = 128


@dataclass(frozen=True, eq=False)
class TeacherOutputs:
    """The logits of one teacher, or those of the mean probabilities of several.

    Attributes:
        labels: Names of the columns.
        keys: Of the texts, see `text_keys`; uint64 of shape (n_texts,), no two alike.
        logits: float16 of shape (n_texts, n_labels).
        provenance: How each teacher came to be.
    """

    labels: tuple[str, ...]
    keys: Keys
    logits: Logits
    provenance: tuple[dict[str, Any], ...]

    def save(self, path: Path) -> None:
        """Write a safetensors file.

        Raises:
            EmoticareError: If it cannot be written.
        """
        from safetensors.numpy import save

        metadata = {
            "labels": json.dumps(self.labels),
            "provenance": json.dumps(self.provenance),
        }
        write_file(path, save({"keys": self.keys, "logits": self.logits}, metadata))

    def knows(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return which of these texts the teacher has seen, bool of shape (n_texts,)."""
        return np.isin(text_keys(texts), self.keys)

    def logits_for(self, texts: Sequence[str]) -> Logits:
        """Return the logits of these texts, float16 of shape (n_texts, n_labels).

        Raises:
            DataError: If the teacher has not seen one of them.
        """
        order = np.argsort(self.keys)
        wanted = text_keys(texts)
        places = np.searchsorted(self.keys, wanted, sorter=order)
        rows = order[np.minimum(places, len(order) - 1)]
        unknown = int(np.count_nonzero(self.keys[rows] != wanted))
        if unknown:
            raise DataError(_unknown_texts(unknown, len(texts)))
        return self.logits[rows]


def load_teacher_outputs(path: Path) -> TeacherOutputs:
    """Read what `TeacherOutputs.save` wrote.

    Raises:
        DataError: If it is no such file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            labels = tuple(json.loads(metadata["labels"]))
            provenance = tuple(json.loads(metadata["provenance"]))
            keys, logits = file.get_tensor("keys"), file.get_tensor("logits")
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise DataError(
            f"Expected a file of teacher outputs at {path}, found something else "
            f"({type(error).__name__}). Make it with `emoticare teacher-outputs`."
        ) from error
    if logits.shape != (len(keys), len(labels)) or not len(keys):
        raise DataError(
            f"{path}: expected a row of logits for each of {len(keys)} texts and a column for each "
            f"of {len(labels)} labels, found shape {logits.shape}. Make the file again."
        )
    return TeacherOutputs(labels, keys, logits, provenance)


def mean_outputs(teachers: Sequence[TeacherOutputs], texts: Sequence[str]) -> TeacherOutputs:
    """Return the logits of the mean of the teachers' probabilities for the texts.

    Each text has the mean of the teachers that have seen it: some may know one domain, some
    another. A teacher named twice counts twice.

    Raises:
        UsageError: If the teachers differ in their labels.
        DataError: If no teacher has seen one of the texts.
    """
    if len({teacher.labels for teacher in teachers}) != 1:
        raise UsageError("Expected teachers with the same labels. Name teachers of one task.")
    distinct = list(dict.fromkeys(clean_texts(texts)))
    # On dev the mean of probabilities ranks better than the mean of logits.
    total = np.zeros((len(distinct), len(teachers[0].labels)))
    n_teachers = np.zeros((len(distinct), 1))
    for teacher in teachers:
        known = teacher.knows(distinct)
        logits = teacher.logits_for([distinct[i] for i in np.flatnonzero(known)]).astype(np.float64)
        total[known] += 1 / (1 + np.exp(-logits))
        n_teachers[known] += 1
    unknown = int(np.count_nonzero(n_teachers == 0))
    if unknown:
        raise DataError(_unknown_texts(unknown, len(distinct)))
    mean = total / n_teachers
    provenance = tuple(origin for teacher in teachers for origin in teacher.provenance)
    keys = text_keys(distinct)
    log_odds = np.log(mean / (1 - mean)).astype(np.float16)
    return TeacherOutputs(teachers[0].labels, keys, log_odds, provenance)


def _unknown_texts(n_unknown: int, n_texts: int) -> str:
    return (
        f"The teacher's outputs lack {n_unknown} of {n_texts} texts. Make them again with the same "
        "data and unlabelled files."
    )


def distillation_texts(
    labelled: Sequence[str], unlabelled: Sequence[str], mixture: Sequence[Source] = ()
) -> list[str]:
    """Return all that a student learns from teachers: the texts and `neutral_statements`."""
    of_mixture = chain.from_iterable(source.texts for source in mixture)
    return [*labelled, *unlabelled, *chain.from_iterable(neutral_statements()), *of_mixture]


def drop_unknown(source: Source, teachers: Sequence[TeacherOutputs]) -> Source:
    """Return a source without the texts of which neither labels nor a teacher say anything."""
    is_known = np.logical_or.reduce([teacher.knows(source.texts) for teacher in teachers])
    kept = np.flatnonzero(is_known | ~np.isnan(source.labels).all(axis=1))
    return part_of(source, kept)


def text_keys(texts: Iterable[str]) -> Keys:
    """Return the first 8 bytes of each text's SHA-256 sum, as uint64 of shape (n_texts,)."""
    sums = [hashlib.sha256(text.encode()).digest()[:8] for text in clean_texts(texts)]
    return np.frombuffer(b"".join(sums), dtype="<u8").astype(np.uint64)


def score_with_teacher(
    folder: Path,
    texts: Sequence[str],
    on_progress: Callable[[int], None],
    meanings: Mapping[str, str] | None = None,
) -> TeacherOutputs:
    """Score texts with a teacher in bfloat16, on a GPU where there is one.

    Args:
        folder: What `train_teacher` or `emoticare export hf` saved.
        texts: A text that occurs twice is scored once.
        on_progress: Called with the number of texts scored since the last call.
        meanings: For some of the texts, what is scored in their stead.

    Raises:
        DataError: If the folder holds no teacher.
    """
    import torch
    from transformers import AutoModelForSequenceClassification

    from emoticare.training.precision import has_bf16

    distinct = list(dict.fromkeys(clean_texts(texts)))
    try:
        tokenizer_json = (folder / "tokenizer.json").read_text(encoding="utf-8")
        provenance = _read_provenance(folder)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"Expected a teacher in {folder}, found {type(error).__name__} on reading it. Name a "
            "folder that `emoticare train --preset teacher` or `emoticare export hf` wrote."
        ) from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.eval().to(device)
    max_length = provenance.get("preset", {}).get("max_length", _MAX_LENGTH)
    meanings = meanings or {}
    plainer = dict(zip(clean_texts(list(meanings)), meanings.values(), strict=True))
    asked = list(clean_texts([plainer.get(text, text) for text in distinct]))
    tokenized = TextTokenizer(tokenizer_json, max_length).encode(asked)
    labels = tuple(model.config.id2label[i] for i in range(model.config.num_labels))
    logits = np.empty((len(distinct), len(labels)), np.float16)
    for batch in cut_batches([len(text.input_ids) for text in tokenized], _TOKEN_BUDGET):
        input_ids, mask = map(torch.from_numpy, pad([tokenized[i].input_ids for i in batch]))
        with (
            torch.inference_mode(),
            torch.autocast(device, dtype=torch.bfloat16, enabled=has_bf16()),
        ):
            answer = model(input_ids=input_ids.to(device), attention_mask=mask.to(device)).logits
        logits[batch] = answer.float().cpu().numpy()
        on_progress(len(batch))
    return TeacherOutputs(labels, text_keys(distinct), logits, (provenance,))


def _read_provenance(folder: Path) -> dict[str, Any]:
    """Return how a teacher came to be: an export tells it in its configuration."""
    path = folder / "provenance.json"
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return {"model": config.get("emoticare", {}).get("model")}
