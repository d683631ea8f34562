"""How far a run has come, told step by step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from transformers import TrainerCallback

_DEV_FIGURE = "eval_mean_average_precision"


@dataclass(frozen=True)
class TrainingProgress:
    """Where a run is.

    Attributes:
        step: Steps done.
        n_steps: Steps of the whole run.
        epoch: Passes over the texts, begun ones included.
        n_epochs: Passes of the whole run.
        loss: The last mean training loss; None before there is one.
        precision: Mean average precision on dev, at the last evaluation; None before the first.
        is_evaluated: Whether that evaluation was at this step.
    """

    step: int
    n_steps: int
    epoch: float
    n_epochs: int
    loss: float | None = None
    precision: float | None = None
    is_evaluated: bool = False


OnTraining = Callable[[TrainingProgress], None]


class ProgressReporter(TrainerCallback):  # type: ignore[misc]
    """Tells of every step and every evaluation, in the first process only.

    Args:
        on_progress: What is told.
    """

    def __init__(self, on_progress: OnTraining) -> None:
        self._on_progress = on_progress
        self._known = TrainingProgress(0, 0, 0.0, 0)

    def on_step_end(self, _arguments: Any, state: Any, *_: Any, **__: Any) -> None:
        """Tell of a step."""
        self._tell(state)

    def on_log(
        self, _arguments: Any, state: Any, _control: Any, logs: dict[str, float], **_: Any
    ) -> None:
        """Remember the loss, and tell of the figure on dev."""
        if "loss" in logs:
            self._known = replace(self._known, loss=logs["loss"])
        if _DEV_FIGURE in logs:
            self._known = replace(self._known, precision=logs[_DEV_FIGURE])
            self._tell(state, is_evaluated=True)

    def _tell(self, state: Any, *, is_evaluated: bool = False) -> None:
        self._known = replace(
            self._known,
            step=state.global_step,
            n_steps=state.max_steps,
            epoch=state.epoch or 0.0,
            n_epochs=state.num_train_epochs,
            is_evaluated=is_evaluated,
        )
        if state.is_world_process_zero:
            self._on_progress(self._known)
