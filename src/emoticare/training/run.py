"""A whole training run: data and base in, a model's folder out; goes on where a kill left it."""

import dataclasses
import hashlib
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emoticare._version import __version__
from emoticare.artifact import ModelArtifact
from emoticare.data.dataset import Dataset
from emoticare.errors import MissingExtraError, TrainingError
from emoticare.files import write_file, write_json
from emoticare.stages.tokens import TextTokenizer
from emoticare.training.presets import Preset

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from emoticare.training.fine_tuning import FineTuned

MODEL_FOLDER = "model"
TEACHER_FOLDER = "teacher"
_CHECKPOINTS = "checkpoints"
_SETTINGS = "settings.json"


def train_model(dataset: Dataset, preset: Preset, *, out: Path, seed: int) -> ModelArtifact:
    """Trains a model and saves it as `out/model`.

    Called again with the same `out`, it goes on from the last whole checkpoint. Under `torchrun` or
    `accelerate launch` every process trains, and the first one saves.

    Args:
        dataset: Trains on `train`; chooses checkpoint, calibration and thresholds on `validation`.
        preset: The recipe.
        out: Folder of the run: checkpoints, TensorBoard logs, the model.
        seed: Of everything random.

    Raises:
        MissingExtraError: If the packages for training are not installed.
        TrainingError: If the base cannot be loaded or cannot become a model to ship, or `out` holds
            a run with other settings.
    """
    _check_extra()
    import torch
    from accelerate import PartialState

    from emoticare.training.packaging import package_model

    model, tokenizer_json, tuned = _fine_tune(dataset, preset, out, seed)
    artifact = package_model(
        {name: value.to(torch.float32).numpy() for name, value in tuned.state_dict.items()},
        n_heads=model.config.n_heads,
        tokenizer_json=tokenizer_json,
        labels=dataset.labels,
        validation=dataset.validation,
        provenance=_provenance(dataset, preset, seed, tuned),
    )
    if PartialState().is_main_process:
        artifact.save(out / MODEL_FOLDER)
    return artifact


def train_teacher(dataset: Dataset, preset: Preset, *, out: Path, seed: int) -> dict[str, float]:
    """Trains a teacher and saves it as `out/teacher`, a Hugging Face folder in float32.

    Arguments, resuming and errors are those of `train_model`.

    Returns:
        Its figures on dev.
    """
    _check_extra()
    from accelerate import PartialState

    model, tokenizer_json, tuned = _fine_tune(dataset, preset, out, seed)
    if PartialState().is_main_process:
        model.load_state_dict(tuned.state_dict)
        model.save_pretrained(out / TEACHER_FOLDER)
        write_file(out / TEACHER_FOLDER / "tokenizer.json", tokenizer_json.encode())
        write_json(
            out / TEACHER_FOLDER / "provenance.json", _provenance(dataset, preset, seed, tuned)
        )
    return tuned.selected


def _check_extra() -> None:
    try:
        import accelerate  # noqa: F401
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error


def _fine_tune(
    dataset: Dataset, preset: Preset, out: Path, seed: int
) -> "tuple[PreTrainedModel, str, FineTuned]":
    """Returns the model (with its last weights), its tokenizer.json and what was selected."""
    from transformers import set_seed

    from emoticare.training.base_model import load_base, load_tokenizer_json, set_prior_bias
    from emoticare.training.fine_tuning import fine_tune

    settings = {**dataclasses.asdict(preset), "seed": seed, "data_checksum": dataset.checksum}
    _remember_settings(out, settings)
    set_seed(seed)
    model = load_base(preset.base, dataset.labels, preset.dropout)
    if not preset.teacher and model.config.model_type != "distilbert":
        raise TrainingError(
            f"{preset.base} is of type {model.config.model_type}, which can only be a teacher. Use "
            "--preset teacher, or a base of type distilbert or bert."
        )
    if preset.prior_bias:
        set_prior_bias(model, dataset.train.multi_hot)
    tokenizer_json = load_tokenizer_json(preset.base)
    max_length = min(preset.max_length, model.config.max_position_embeddings)
    tuned = fine_tune(
        model,
        dataset.train,
        dataset.validation,
        preset=preset,
        tokenizer=TextTokenizer(tokenizer_json, max_length),
        run=out / _CHECKPOINTS,
        seed=seed,
    )
    return model, tokenizer_json, tuned


def _remember_settings(out: Path, settings: dict[str, Any]) -> None:
    """Writes the settings of a new run, or checks that those of a resumed one are the same."""
    path = out / _SETTINGS
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        return
    earlier = json.loads(path.read_text(encoding="utf-8"))
    changed = [name for name in settings if earlier.get(name) != settings[name]]
    if changed:
        raise TrainingError(
            f"{out} holds a run with other settings ({', '.join(sorted(changed))}). Give the same "
            "settings to go on with it, or name another folder with --out."
        )


def _provenance(
    dataset: Dataset, preset: Preset, seed: int, tuned: "FineTuned"
) -> dict[str, object]:
    return {
        "emoticare_version": __version__,
        "commit": _commit(),
        "data": {"source": dataset.source, "checksum": dataset.checksum},
        "preset": dataclasses.asdict(preset),
        "base_sha256": _base_sum(preset.base),
        "seed": seed,
        "selected_checkpoint": tuned.selected,
        "training_log": tuned.log,
    }


def _base_sum(base: str) -> str | None:
    weights = Path(base) / "model.safetensors"
    return hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else None


def _commit() -> str | None:
    """The commit of the source tree that trained, or None for an installed package."""
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return None
    return answer.stdout.strip() or None
