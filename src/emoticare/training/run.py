"""A whole training run: data and base in, a model's folder out; goes on where a kill left it."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emoticare._version import __version__
from emoticare.data.dataset import Dataset
from emoticare.data.emoji import read_emoji
from emoticare.data.everyday import EverydayTexts
from emoticare.data.mixture import Source
from emoticare.errors import MissingExtraError, TrainingError, UsageError
from emoticare.model.artifact import MANIFEST, ModelArtifact, load_artifact
from emoticare.model.files import write_file, write_json
from emoticare.stages.text import Reply
from emoticare.stages.tokens import TextTokenizer
from emoticare.training.checkpoints import last_complete, remove_checkpoints
from emoticare.training.origin import base_name, base_sum, commit
from emoticare.training.presets import Preset
from emoticare.training.quiet import quiet_transformers

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from emoticare.training.augmentation import Augmentation
    from emoticare.training.distillation_dataset import DistillationDataset
    from emoticare.training.fine_tuning import FineTuned
    from emoticare.training.progress import OnTraining
    from emoticare.training.teacher_outputs import TeacherOutputs

MODEL_FOLDER = "model"
TEACHER_FOLDER = "teacher"
_CHECKPOINTS = "checkpoints"
_SETTINGS = "settings.json"
_KEPT = "pruning.json"
_PROVENANCE = "provenance.json"
# Of a preset: what is done to the weights once all is learned, and may be chosen then.
_LAST_STEPS = ("base_weight", "refit_label_weight")
# Enough for a choice that others of the texts would change by a few units only.
_TEXTS_TO_CHOOSE_BY = 4000


def train_model(
    dataset: Dataset,
    preset: Preset,
    *,
    out: Path,
    seed: int,
    teachers: Sequence["TeacherOutputs"] = (),
    unlabelled: Sequence[str] = (),
    mixture: Sequence[Source] = (),
    everyday: EverydayTexts | None = None,
    dev_replies: EverydayTexts | None = None,
    keep_checkpoints: bool = False,
    on_progress: "OnTraining | None" = None,
) -> ModelArtifact:
    """Train a model and save it as `out/model`.

    Called again with the same `out`, it goes on from the last whole checkpoint; a run that has
    ended, and whose checkpoints are gone, gives its model. Under `torchrun` or
    `accelerate launch` every process trains, and the first one saves.

    Args:
        dataset: Trains on `train`; chooses checkpoint, calibration and thresholds on `validation`.
        preset: The recipe.
        out: Folder of the run: checkpoints, TensorBoard logs, the model.
        seed: Of everything random.
        teachers: What teachers say of the training and unlabelled texts, which is learned too.
        unlabelled: More texts to learn from teachers.
        mixture: Further sources, each with its share of an epoch.
        everyday: A second dev split to choose the checkpoint on.
        dev_replies: Replies by which it is found whether the model reads context; see
            `package_model`.
        keep_checkpoints: Whether checkpoints stay when the run has ended: called again, it then
            makes the model anew from the selected one.
        on_progress: Told of each step, in the first process.

    Raises:
        MissingExtraError: If the packages for training are not installed.
        TrainingError: If the base cannot be loaded or cannot become a model to ship, or `out` holds
            a run with other settings.
        UsageError: If there are unlabelled texts but no teachers, or teachers of other labels.
        DataError: If a teacher has not seen one of the texts.
    """
    check_extra()
    import torch
    from accelerate import PartialState

    from emoticare.training.packaging import package_model

    if not mixture or everyday is None:
        # Of one domain there is one head.
        preset = dataclasses.replace(preset, domain_heads=False)
    if all(source.risks is None for source in mixture):
        preset = dataclasses.replace(preset, risk_weight=0.0)
    run = _Run(
        dataset, preset, out, seed, tuple(teachers), tuple(unlabelled), tuple(mixture), everyday
    )
    if _has_ended(run, out / MODEL_FOLDER / MANIFEST):
        artifact = load_artifact(out / MODEL_FOLDER)
        _check_last_steps(run, artifact.config.provenance)
        return artifact
    model, tokenizer_json, tuned = _fine_tune(run, on_progress)
    artifact = package_model(
        {name: value.to(torch.float32).numpy() for name, value in tuned.state_dict.items()},
        n_heads=model.config.n_heads,
        activation=model.config.activation,
        tokenizer_json=tokenizer_json,
        labels=dataset.labels,
        validation=dataset.validation,
        provenance=_provenance(run, tuned),
        everyday=run.everyday,
        replies=_replies(mixture),
        dev_replies=dev_replies,
    )
    if PartialState().is_main_process:
        artifact.save(out / MODEL_FOLDER)
    _end(run, keep_checkpoints=keep_checkpoints)
    return artifact


def train_teacher(
    dataset: Dataset,
    preset: Preset,
    *,
    out: Path,
    seed: int,
    teachers: Sequence["TeacherOutputs"] = (),
    unlabelled: Sequence[str] = (),
    mixture: Sequence[Source] = (),
    everyday: EverydayTexts | None = None,
    keep_checkpoints: bool = False,
    on_progress: "OnTraining | None" = None,
) -> dict[str, float]:
    """Train a teacher and save it as `out/teacher`, a Hugging Face folder in float32.

    Arguments, resuming and errors are those of `train_model`.

    Returns:
        Its figures on dev.
    """
    check_extra()
    from accelerate import PartialState

    run = _Run(
        dataset, preset, out, seed, tuple(teachers), tuple(unlabelled), tuple(mixture), everyday
    )
    if _has_ended(run, out / TEACHER_FOLDER / _PROVENANCE):
        provenance = json.loads((out / TEACHER_FOLDER / _PROVENANCE).read_text(encoding="utf-8"))
        _check_last_steps(run, provenance)
        return dict(provenance["selected_checkpoint"])
    model, tokenizer_json, tuned = _fine_tune(run, on_progress)
    if PartialState().is_main_process:
        model.load_state_dict(tuned.state_dict)
        with quiet_transformers():
            model.save_pretrained(out / TEACHER_FOLDER)
        write_file(out / TEACHER_FOLDER / "tokenizer.json", tokenizer_json.encode())
        # The last file, which tells that the others are there.
        write_json(out / TEACHER_FOLDER / _PROVENANCE, _provenance(run, tuned))
    _end(run, keep_checkpoints=keep_checkpoints)
    return tuned.selected


def _replies(mixture: Sequence[Source]) -> list[Reply]:
    """Return the texts that are learned with what was said before them."""
    return [
        Reply(text, context)
        for source in mixture
        if source.contexts
        for text, context in zip(source.texts, source.contexts, strict=True)
        if context
    ]


def _has_ended(run: "_Run", last_file: Path) -> bool:
    """Return whether a run of these settings has ended and left nothing to go on from."""
    if not last_file.exists() or not (run.out / _SETTINGS).exists():
        return False
    if last_complete(run.out / _CHECKPOINTS):
        return False
    _remember_settings(run.out, run.settings())
    return True


def _check_last_steps(run: "_Run", provenance: Mapping[str, Any]) -> None:
    """Refuse to end otherwise when the weights that were learned are gone."""
    for name in _LAST_STEPS:
        if provenance["preset"].get(name) != getattr(run.preset, name):
            raise TrainingError(
                f"The run in {run.out} has ended with another {name}, and its checkpoints are "
                "gone. Name another folder with --out."
            )


def _end(run: "_Run", *, keep_checkpoints: bool) -> None:
    from accelerate import PartialState

    # Other processes may still read what is deleted.
    PartialState().wait_for_everyone()
    if PartialState().is_main_process and not keep_checkpoints:
        remove_checkpoints(run.out / _CHECKPOINTS)


def check_extra() -> None:
    """Refuse to go on without the packages for training.

    Raises:
        MissingExtraError: If one is missing.
    """
    try:
        import accelerate  # noqa: F401
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error


@dataclass(frozen=True, eq=False)
class _Run:
    """What a run is made of; see `train_model`."""

    dataset: Dataset
    preset: Preset
    out: Path
    seed: int
    teachers: "tuple[TeacherOutputs, ...]" = ()
    unlabelled: tuple[str, ...] = ()
    mixture: tuple[Source, ...] = ()
    everyday: EverydayTexts | None = None

    def settings(self) -> dict[str, Any]:
        """Return what must not change from one start of a run to the next."""
        preset = dataclasses.asdict(self.preset)
        for name in _LAST_STEPS:
            del preset[name]
        return {
            **preset,
            "seed": self.seed,
            "data_checksum": self.dataset.checksum,
            "teachers_checksum": _checksum(
                t.keys.tobytes() + t.logits.tobytes() for t in self.teachers
            ),
            "unlabelled_checksum": _checksum(text.encode() for text in self.unlabelled),
            "mixture": _describe(self.mixture),
        }

    def distillation_dataset(self) -> "DistillationDataset":
        """Return what is to be learned."""
        from emoticare.training.distillation_dataset import DistillationDataset

        train = self.dataset.train
        if not self.teachers:
            if self.unlabelled:
                raise UsageError("Unlabelled texts need teachers. Name their outputs, too.")
            if self.preset.refit_label_weight is not None:
                raise UsageError("refit_label_weight needs teachers. Name their outputs, too.")
            return DistillationDataset.from_split(train, self.mixture)
        if self.teachers[0].labels != self.dataset.labels:
            raise UsageError("The teachers have other labels than the data. Name teachers of it.")
        return DistillationDataset.from_teachers(
            train,
            self.unlabelled,
            self.teachers,
            temperature=self.preset.temperature,
            augmentation=self._augmentation(),
            mixture=self.mixture,
        )

    def _augmentation(self) -> "Augmentation | None":
        from emoticare.training.augmentation import Augmentation

        if not self.preset.augment:
            return None
        return Augmentation(self.dataset.labels, read_emoji())


@quiet_transformers()
def _fine_tune(
    run: _Run, on_progress: "OnTraining | None"
) -> "tuple[PreTrainedModel, str, FineTuned]":
    """Return the model (with its last weights), its tokenizer.json and what was selected."""
    from transformers import set_seed

    from emoticare.training.base_model import (
        add_domain_head,
        add_risk_head,
        load_base,
        load_tokenizer_json,
        set_prior_bias,
    )
    from emoticare.training.emoji_tokens import add_emoji_tokens
    from emoticare.training.fine_tuning import fine_tune
    from emoticare.training.weight_average import interpolate

    dataset, preset = run.dataset, run.preset
    to_learn = run.distillation_dataset()
    set_seed(run.seed)
    model = load_base(
        preset.base,
        dataset.labels,
        preset.dropout,
        preset.activation,
        attention_dropout=preset.attention_dropout,
        fresh_head=preset.fresh_head,
    )
    if not preset.teacher and model.config.model_type != "distilbert":
        raise TrainingError(
            f"{preset.base} is of type {model.config.model_type}, which can only be a teacher. Use "
            "--preset teacher, or a base of type distilbert or bert."
        )
    if preset.prior_bias:
        set_prior_bias(model, dataset.train.multi_hot)
    tokenizer_json = load_tokenizer_json(preset.base)
    if preset.emoji_tokens:
        tokenizer_json = add_emoji_tokens(model, tokenizer_json, read_emoji())
    _remember_settings(run.out, run.settings())
    max_length = min(preset.max_length, model.config.max_position_embeddings)
    tokenizer = TextTokenizer(tokenizer_json, max_length)
    if preset.n_heads or preset.n_units:
        _slim(model, run, tokenizer)
    if preset.domain_heads:
        add_domain_head(model, None if preset.fresh_head else preset.base)
    if preset.risk_weight:
        add_risk_head(model, None if preset.fresh_head else preset.base)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    tuned = fine_tune(
        model,
        to_learn,
        dataset.validation,
        preset=preset,
        tokenizer=tokenizer,
        run=run.out / _CHECKPOINTS,
        seed=run.seed,
        everyday=run.everyday,
        on_progress=on_progress,
    )
    mixed = interpolate(start, tuned.state_dict, preset.base_weight)
    if preset.refit_label_weight is not None:
        mixed = _with_refitted_head(model, mixed, run, tokenizer)
    return model, tokenizer_json, dataclasses.replace(tuned, state_dict=mixed)


def _with_refitted_head(
    model: "PreTrainedModel",
    state_dict: "Mapping[str, torch.Tensor]",
    run: _Run,
    tokenizer: TextTokenizer,
) -> "dict[str, torch.Tensor]":
    """Return the weights with the head for the labelled data fitted once more."""
    from emoticare.training.distillation_dataset import DistillationDataset
    from emoticare.training.head_refit import refit_head

    # With the statements about groups of people, which the labelled data alone would pull apart.
    dataset = DistillationDataset.from_teachers(
        run.dataset.train, [], run.teachers, temperature=1.0, augmentation=None
    )
    targets = dataset.blended(run.preset.refit_label_weight or 0.0)
    model.load_state_dict(state_dict)
    refit_head(model, dataset.texts, targets, tokenizer)
    return {name: value.clone() for name, value in model.state_dict().items()}


def _slim(model: "PreTrainedModel", run: _Run, tokenizer: TextTokenizer) -> None:
    """Remove what the preset says; the choice is made once, and a resumed run keeps to it."""
    from emoticare.training.pruning import LayerPruning, plan_pruning, prune

    path = run.out / _KEPT
    if not path.exists():
        chosen = plan_pruning(
            model,
            run.dataset.train.texts[:_TEXTS_TO_CHOOSE_BY],
            tokenizer,
            n_heads=run.preset.n_heads,
            n_units=run.preset.n_units,
        )
        write_json(path, {"layers": [dataclasses.asdict(kept) for kept in chosen]})
    try:
        layers = json.loads(path.read_text(encoding="utf-8"))["layers"]
        kept = [LayerPruning(**layer) for layer in layers]
        prune(model, kept)
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise TrainingError(
            f"{path} does not say which parts of the base are kept ({type(error).__name__}). Name "
            "another folder with --out."
        ) from error


def _remember_settings(out: Path, settings: dict[str, Any]) -> None:
    """Write the settings of a new run, or checks that those of a resumed one are the same."""
    path = out / _SETTINGS
    if not path.exists():
        write_json(path, settings)
        return
    try:
        earlier = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(
            f"{path} is not the settings of a run ({type(error).__name__}). Name another folder "
            "with --out."
        ) from error
    changed = [name for name in earlier if settings.get(name) != earlier[name]]
    if changed:
        raise TrainingError(
            f"{out} holds a run with other settings ({', '.join(sorted(changed))}). Give the same "
            "settings to go on with it, or name another folder with --out."
        )


def _provenance(run: _Run, tuned: "FineTuned") -> dict[str, object]:
    dataset, preset = run.dataset, run.preset
    teachers = [origin for teacher in run.teachers for origin in teacher.provenance]
    taught = {"teachers": teachers, "n_unlabelled": len(run.unlabelled)} if teachers else {}
    return {
        "emoticare_version": __version__,
        "commit": commit(),
        "data": {"source": dataset.source, "checksum": dataset.checksum},
        "preset": {**dataclasses.asdict(preset), "base": base_name(preset.base)},
        "base_sha256": base_sum(preset.base),
        "seed": run.seed,
        **taught,
        **({"mixture": _describe(run.mixture)} if run.mixture else {}),
        "selected_checkpoint": tuned.selected,
        "training_log": tuned.log,
    }


def _describe(mixture: Sequence[Source]) -> list[dict[str, object]]:
    return [
        {
            "name": source.name,
            "share": source.share,
            "n_texts": len(source.texts),
            "checksum": _checksum(
                [
                    *map(str.encode, source.texts),
                    source.labels.tobytes(),
                    *([] if source.risks is None else [source.risks.tobytes()]),
                    *map(str.encode, source.contexts),
                ]
            ),
        }
        for source in mixture
    ]


def _checksum(parts: Iterable[bytes]) -> str:
    """Return one sum of many parts, each of which is summed first so that their borders count."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
