"""Fine-tunes a sequence classifier on transformers' Trainer."""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from emoticare.data.dataset import Split
from emoticare.data.everyday import EverydayTexts
from emoticare.errors import TrainingError
from emoticare.evaluation.metrics import bce_loss, mean_average_precision
from emoticare.stages.probabilities import sigmoid
from emoticare.stages.text import clean_texts
from emoticare.stages.tokens import TextTokenizer
from emoticare.training.checkpoints import checkpoint_of, last_complete, mark_complete
from emoticare.training.distillation_dataset import (
    DistillationDataset,
    Heads,
    TokenizedDataset,
    collate,
)
from emoticare.training.loss import classification_loss, distillation_loss
from emoticare.training.optimizer import parameter_groups
from emoticare.training.precision import has_bf16
from emoticare.training.presets import Preset
from emoticare.training.progress import OnTraining, ProgressReporter
from emoticare.training.sampling import MixtureSampler
from emoticare.training.weight_average import AVERAGE_FILE, WeightAverage

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_SELECTION = "selection"
_FIGURES = ("mean_average_precision", "bce_loss")
_EVERYDAY_FIGURES = ("everyday_real_right", "everyday_written_right")
# On a handful of dev texts many checkpoints rank everything right; among them the loss decides.
_LOSS_WEIGHT = 1e-3
# Mean average precisions on dev that are no further apart than seeds of one recipe are a tie.
_TIE = 0.002


@dataclass(frozen=True)
class FineTuned:
    """What fine-tuning gives.

    Attributes:
        state_dict: Weights of the selected checkpoint (the average, where the preset has one), by
            DistilBERT names.
        selected: The figures of that checkpoint on dev.
        log: The figures of every evaluation on dev, with the training loss before it.
    """

    state_dict: dict[str, torch.Tensor]
    selected: dict[str, float]
    log: list[dict[str, float]]


def fine_tune(
    model: "PreTrainedModel",
    dataset: DistillationDataset,
    validation: Split,
    *,
    preset: Preset,
    tokenizer: TextTokenizer,
    run: Path,
    seed: int,
    everyday: EverydayTexts | None = None,
    on_progress: OnTraining | None = None,
) -> FineTuned:
    """Train, from the last whole checkpoint in `run` if there is one, and select on dev.

    Args:
        model: With a head for the labels; changed in place.
        dataset: What to learn.
        validation: Dev split. Of the checkpoints that are kept, the one of the best mean average
            precision and the last, it selects the one of the lower loss, unless that is worse by
            more than a tie.
        preset: The recipe.
        tokenizer: Cuts texts to the recipe's length.
        run: Folder for checkpoints and TensorBoard logs.
        seed: Of the head, dropout and order of the texts.
        everyday: A second dev split. The checkpoint that is right most often about its texts, real
            and written ones counting alike, is then selected: what the labelled data lose by it,
            the preset's `base_weight` restores.
        on_progress: Told of each step.

    Raises:
        TrainingError: If no checkpoint was taken, or the disk is full.
    """
    average = WeightAverage(model, preset.ema_decay) if preset.ema_decay else None
    heads = Heads() if preset.domain_heads else None
    train = TokenizedDataset(dataset, tokenizer, heads)
    sampler = _sampler(train, preset, seed)
    trainer = _EmotionTrainer(
        model=model,
        args=_arguments(preset, run, seed, n_texts=len(sampler or train)),
        data_collator=collate,
        train_dataset=train,
        eval_dataset=TokenizedDataset(
            DistillationDataset.from_split(validation), tokenizer, heads and Heads(0)
        ),
        compute_metrics=_validation_figures,
        optimizers=(torch.optim.AdamW(parameter_groups(model, preset), fused=True), None),
        average=average,
        preset=preset,
        sampler=sampler,
        everyday=_everyday_sets(everyday, tokenizer, heads and Heads(1)),
    )
    # It prints its log, and its progress is that of `on_progress`.
    trainer.remove_callback(PrinterCallback)
    if on_progress:
        trainer.add_callback(ProgressReporter(on_progress))
    resumed = last_complete(run)
    if resumed and average:
        average.restore(resumed)
    # stdout is for data, whatever a library may print.
    try:
        with redirect_stdout(sys.stderr):
            trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"A checkpoint in {run} could not be written or read ({error}). Free some space; the "
            "same command then goes on from the last whole checkpoint."
        ) from error
    trainer.accelerator.wait_for_everyone()
    return _selected(trainer, run)


class _EmotionTrainer(Trainer):  # type: ignore[misc]
    """A Trainer that evaluates the averaged weights and marks whole checkpoints."""

    def __init__(
        self,
        *,
        average: WeightAverage | None,
        preset: Preset,
        sampler: MixtureSampler | None,
        everyday: Mapping[str, TokenizedDataset],
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.average = average
        self.preset = preset
        self.sampler = sampler
        self.everyday = everyday
        # The loss is a mean over texts and labels, which the Trainer must not rescale.
        self.model_accepts_loss_kwargs = False
        if average:
            self.add_callback(average)
        self.add_callback(_CompletenessMarker(average))

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any
    ) -> Any:
        labels, soft = inputs.pop("labels"), inputs.pop("soft", None)
        is_further, risks = inputs.pop("is_further", None), inputs.pop("risks", None)
        outputs = model(**inputs)
        # The outputs of the risk head, where there is one, are the last.
        logits, risk_logits = outputs.logits.float().tensor_split([labels.shape[1]], dim=1)
        if soft is None:
            loss = classification_loss(logits, labels)
        else:
            preset = self.preset
            weights = preset.mixture_teacher_weight, preset.teacher_weight
            loss = distillation_loss(
                logits,
                labels,
                soft,
                temperature=preset.temperature,
                teacher_weight=torch.where(is_further, *weights),
            )
        if risks is not None and self.preset.risk_weight:
            loss = loss + self.preset.risk_weight * classification_loss(risk_logits, risks)
        return (loss, {"logits": outputs.logits}) if return_outputs else loss

    def evaluate(self, *arguments: Any, **options: Any) -> dict[str, float]:
        with self.average.applied() if self.average else nullcontext():
            figures: dict[str, float] = super().evaluate(*arguments, **options)
            # Predictions come by length, not in the order of the texts; their labels come along.
            right = {
                f"eval_{name}": _strongest_right(self.predict(texts))
                for name, texts in self.everyday.items()
            }
            if right:
                self.log(right)
        return figures

    def _get_train_sampler(self, *arguments: Any) -> Any:
        return self.sampler or super()._get_train_sampler(*arguments)


def _everyday_sets(
    everyday: EverydayTexts | None, tokenizer: TextTokenizer, heads: Heads | None
) -> dict[str, TokenizedDataset]:
    """Return the real and the written texts of an everyday split, by the name of their figure."""
    if everyday is None:
        return {}
    labels = everyday.primary.astype(np.float32)
    texts = np.array(list(clean_texts(everyday.texts)), dtype=object)
    groups = zip(_EVERYDAY_FIGURES, (everyday.is_real, ~everyday.is_real), strict=True)
    return {
        name: TokenizedDataset(
            DistillationDataset(texts[chosen].tolist(), labels[chosen]), tokenizer, heads
        )
        for name, chosen in groups
        if chosen.any()
    }


def _strongest_right(predictions: Any) -> float:
    """Return how often the strongest label is one that nearly every reader names."""
    logits, labels = _of_one_head(predictions)
    strongest = logits.argmax(axis=1)
    return float(labels[np.arange(len(strongest)), strongest].mean())


def _of_one_head(predictions: Any) -> tuple[Any, Any]:
    """Return the logits and labels of the head that texts have labels for."""
    logits, labels = np.asarray(predictions.predictions, np.float32), predictions.label_ids
    known = np.flatnonzero(~np.isnan(labels).all(axis=0))
    return logits[:, known], labels[:, known]


def _sampler(train: TokenizedDataset, preset: Preset, seed: int) -> MixtureSampler | None:
    """Return the sampler of a dataset with further sources; None for the Trainer's own."""
    if len(train.shares) == 1:
        return None
    return MixtureSampler(
        train.lengths, train.sources, train.shares, batch_size=preset.batch_size, seed=seed
    )


class _CompletenessMarker(TrainerCallback):  # type: ignore[misc]
    def __init__(self, average: WeightAverage | None) -> None:
        self._average = average

    def on_save(self, args: Any, state: Any, *_: Any, **__: Any) -> None:
        if not state.is_world_process_zero:
            return
        checkpoint = checkpoint_of(Path(args.output_dir), state.global_step)
        if self._average:
            self._average.save(checkpoint)
        mark_complete(checkpoint)


def _arguments(preset: Preset, run: Path, seed: int, n_texts: int) -> TrainingArguments:
    n_processes = int(os.environ.get("WORLD_SIZE", "1"))
    texts_per_step = preset.batch_size * preset.accumulation_steps * n_processes
    steps_per_epoch = math.ceil(n_texts / texts_per_step)
    steps_per_evaluation = max(1, steps_per_epoch // preset.evaluations_per_epoch)
    return TrainingArguments(
        output_dir=str(run),
        num_train_epochs=preset.epochs,
        per_device_train_batch_size=preset.batch_size,
        gradient_accumulation_steps=preset.accumulation_steps,
        per_device_eval_batch_size=64,
        ddp_find_unused_parameters=False,
        learning_rate=preset.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=preset.warmup_fraction,
        train_sampling_strategy="group_by_length",
        remove_unused_columns=False,
        label_names=["labels"],
        bf16=has_bf16(),
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        eval_strategy="steps",
        eval_steps=steps_per_evaluation,
        save_strategy="steps",
        save_steps=steps_per_evaluation,
        save_total_limit=2,
        metric_for_best_model=_SELECTION,
        greater_is_better=True,
        logging_steps=max(1, min(100, steps_per_evaluation)),
        disable_tqdm=True,
        report_to=["tensorboard"],
        seed=seed,
    )


def _validation_figures(predictions: Any) -> dict[str, float]:
    logits, y_true = _of_one_head(predictions)
    probabilities = sigmoid(logits)
    precision, loss = mean_average_precision(y_true, probabilities), bce_loss(y_true, probabilities)
    figures = dict(zip(_FIGURES, (precision, loss), strict=True))
    return {**figures, _SELECTION: precision - _LOSS_WEIGHT * loss}


def _selected(trainer: _EmotionTrainer, run: Path) -> FineTuned:
    file = AVERAGE_FILE if trainer.average else "model.safetensors"
    log = _evaluation_log(trainer.state.log_history)
    kept = [row for row in log if (checkpoint_of(run, int(row["step"])) / file).is_file()]
    if not kept:
        raise TrainingError("Training ended without a checkpoint. Give it more texts or epochs.")
    chosen = _best(kept)
    state_dict = load_file(checkpoint_of(run, int(chosen["step"])) / file)
    return FineTuned(state_dict, chosen, log)


def _best(kept: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the figures of the best checkpoint; see `fine_tune`."""
    precision, loss = _FIGURES
    if all(name in row for row in kept for name in _EVERYDAY_FIGURES):
        return max(kept, key=lambda row: sum(row[name] for name in _EVERYDAY_FIGURES))
    least = max(row[precision] for row in kept) - _TIE
    return min((row for row in kept if row[precision] >= least), key=lambda row: row[loss])


def _evaluation_log(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    log: dict[float, dict[str, float]] = {}
    train_loss = float("nan")
    for entry in history:
        train_loss = entry.get("loss", train_loss)
        figures = {
            name: round(entry[f"eval_{name}"], 5)
            for name in (*_FIGURES, *_EVERYDAY_FIGURES)
            if f"eval_{name}" in entry
        }
        if figures:
            place = {"step": entry["step"], "epoch": round(entry["epoch"], 3)}
            row = log.setdefault(entry["step"], {**place, "train_loss": round(train_loss, 5)})
            row.update(figures)
    return list(log.values())
