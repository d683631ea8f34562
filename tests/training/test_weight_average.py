from pathlib import Path
from types import SimpleNamespace

import torch

from emoticare.training.weight_average import WeightAverage, interpolate


def test_average_follows_the_formula_and_survives_a_checkpoint(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    average = WeightAverage(model, decay=0.5)
    expected = 0.0
    for step in range(1, 20):
        torch.nn.init.constant_(model.weight, float(step))
        average.on_step_end(None, SimpleNamespace(global_step=step))
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    with average.applied():
        assert torch.allclose(model.weight, torch.tensor(expected))
    assert torch.equal(model.weight, torch.full((1, 2), 19.0))

    average.save(tmp_path)
    restored = WeightAverage(model, decay=0.5)
    restored.restore(tmp_path)
    with restored.applied():
        assert torch.allclose(model.weight, torch.tensor(expected))


def test_own_weights_come_back_after_an_error() -> None:
    model = torch.nn.Linear(2, 2)
    average = WeightAverage(model, decay=0.9)
    torch.nn.init.ones_(model.weight)
    try:
        with average.applied():
            raise KeyError
    except KeyError:
        pass
    assert torch.equal(model.weight, torch.ones(2, 2))


def test_later_steps_are_averaged_four_at_a_time() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    average = WeightAverage(model, decay=0.5)
    torch.nn.init.ones_(model.weight)
    for step in (101, 102, 103):
        average.on_step_end(None, SimpleNamespace(global_step=step))
    with average.applied():
        assert model.weight.item() == 0.0
    average.on_step_end(None, SimpleNamespace(global_step=104))
    with average.applied():
        assert model.weight.item() == 1 - 0.5**4


def test_weights_between_two_models() -> None:
    start, end = {"w": torch.tensor([0.0, 2.0])}, {"w": torch.tensor([4.0, 2.0])}
    assert interpolate(start, end, 0.25)["w"].tolist() == [3.0, 2.0]
    assert interpolate(start, end, 0.0)["w"] is end["w"]
