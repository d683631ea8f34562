"""Averages of a model's weights: the moving average of a run, and a mean with where it began.

The moving average generalizes better than the last step and over-fits later. It is what gets
evaluated, and it is saved with every checkpoint.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import TrainerCallback

AVERAGE_FILE = "average.safetensors"
# Averaging reads all the weights, so after a while it is done once for several steps.
_EACH_STEP_UNTIL = 100
_STEPS = 4


class WeightAverage(TrainerCallback):  # type: ignore[misc]
    """Keeps the average up to date while the Trainer runs.

    The decay rises from 0.1 to its full value as (1 + step) / (10 + step), so that the random
    start is soon forgotten.

    Args:
        model: The model that is trained.
        decay: Weight of the old average at each step, in [0, 1).

    Source: Polyak & Juditsky (1992); the rising decay as in TensorFlow's moving averages.
    """

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        self._model = model
        self._decay = decay
        self._average = {k: v.detach().clone() for k, v in model.state_dict().items()}

    def restore(self, checkpoint: Path) -> None:
        """Take the average up again from a checkpoint."""
        saved = load_file(checkpoint / AVERAGE_FILE)
        for name, value in self._average.items():
            value.copy_(saved[name])

    @torch.no_grad()
    def on_step_end(self, _arguments: Any, state: Any, *_: Any, **__: Any) -> None:
        """Move the average towards the weights."""
        step = state.global_step
        n_steps = 1 if step <= _EACH_STEP_UNTIL else _STEPS
        if step % n_steps:
            return
        decay = min(self._decay, (1 + step) / (10 + step)) ** n_steps
        current = self._model.state_dict()
        device = next(iter(current.values())).device
        if next(iter(self._average.values())).device != device:
            self._average = {name: value.to(device) for name, value in self._average.items()}
        averages = list(self._average.values())
        torch._foreach_lerp_(averages, [current[name] for name in self._average], 1 - decay)

    def save(self, checkpoint: Path) -> None:
        """Write the average into a checkpoint's folder."""
        on_cpu = {name: value.cpu().contiguous() for name, value in self._average.items()}
        save_file(on_cpu, checkpoint / AVERAGE_FILE)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the average into the model for as long as the context lasts."""
        own = {name: value.detach().clone() for name, value in self._model.state_dict().items()}
        self._model.load_state_dict(self._average)
        try:
            yield
        finally:
            self._model.load_state_dict(own)


def interpolate(
    start: Mapping[str, torch.Tensor], end: Mapping[str, torch.Tensor], weight: float
) -> dict[str, torch.Tensor]:
    """Return the weights between two models of one shape.

    Args:
        start: Weights by name.
        end: Weights by the same names.
        weight: Of the start, from 0 to 1; 0 leaves the end as it is.
    """
    if not weight:
        return dict(end)
    return {name: torch.lerp(value, start[name].to(value), weight) for name, value in end.items()}
