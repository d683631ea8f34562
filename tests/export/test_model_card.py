import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from emoticare.export.evaluation_file import FIGURES, LABEL_FIGURES, Evaluation
from emoticare.export.model_card import KNOWN_BASES, render_card
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.stages.decision import Thresholds
from emoticare.stages.tokens import CONTEXT_TOKENS

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
FIGURE_VALUES = {name: 0.1 + i / 100 for i, name in enumerate(FIGURES)}
EVALUATION = Evaluation(
    split="test",
    n_texts=5427,
    figures=FIGURE_VALUES,
    per_label={label: dict.fromkeys(LABEL_FIGURES, 0.25) for label in LABELS},
)


def card(artifact: ModelArtifact, evaluation: Evaluation | None = None) -> str:
    sizes = artifact.float_model().architecture
    return render_card(artifact, sizes, evaluation, model_id="me/mine", n_parameters=22_700_000)


def metadata(text: str) -> dict[str, Any]:
    from huggingface_hub import ModelCard

    found: dict[str, Any] = ModelCard(text).data.to_dict()
    return found


def with_provenance(artifact: ModelArtifact, provenance: Mapping[str, Any]) -> ModelArtifact:
    config = dataclasses.replace(artifact.config, provenance=provenance)
    return dataclasses.replace(artifact, config=config)


def test_the_metadata(random_artifact: ModelArtifact) -> None:
    found = metadata(card(random_artifact))
    assert found["pipeline_tag"] == "text-classification"
    assert found["license"] == "apache-2.0"
    assert found["language"] == "en"
    assert found["datasets"] == ["google-research-datasets/go_emotions"]
    assert "model-index" not in found
    assert "base_model" not in found


def test_no_figures_are_made_up(random_artifact: ModelArtifact) -> None:
    assert "No figures came with this export" in card(random_artifact)


def test_measured_figures(random_artifact: ModelArtifact) -> None:
    text = card(random_artifact, EVALUATION)
    assert "5,427 texts of the test split" in text
    (model,) = metadata(text)["model-index"]
    (result,) = model["results"]
    assert result["dataset"]["type"] == "google-research-datasets/go_emotions"
    assert result["dataset"]["split"] == "test"
    values = [metric["value"] for metric in result["metrics"]]
    assert values == [round(value, 4) for value in FIGURE_VALUES.values()]
    assert "| joy | 0.370 | 0.250 | 0.250 | 0.250 | 0.250 | 0 |" in text


def test_undefined_figures(random_artifact: ModelArtifact) -> None:
    figures = {**FIGURE_VALUES, "mean_average_precision": None}
    text = card(random_artifact, dataclasses.replace(EVALUATION, figures=figures))
    assert "| mean average precision | – |" in text
    (model,) = metadata(text)["model-index"]
    assert len(model["results"][0]["metrics"]) == len(FIGURES) - 1


@pytest.mark.parametrize(
    ("provenance", "base"),
    [
        ({"preset": {"base": MINILM}, "base_sha256": None}, MINILM),
        ({"preset": {"base": "my/folder"}, "base_sha256": next(iter(KNOWN_BASES))}, MINILM),
        ({"preset": {"base": "my/folder"}, "base_sha256": "0" * 64}, None),
        ({}, None),
    ],
)
def test_a_folder_is_never_named_as_base(
    random_artifact: ModelArtifact, provenance: Mapping[str, Any], base: str | None
) -> None:
    text = card(with_provenance(random_artifact, provenance))
    assert metadata(text).get("base_model") == base
    assert "my/folder" not in text


def test_the_known_base_is_the_one_that_training_brings() -> None:
    from encoders import ENCODERS

    sums = {encoder.sha256: encoder.repo for encoder in ENCODERS}
    assert KNOWN_BASES.items() <= sums.items()


def test_the_origin(random_artifact: ModelArtifact) -> None:
    data = {"source": "GoEmotions (simplified), from a folder", "checksum": "ab" * 32}
    text = card(with_provenance(random_artifact, {"data": data, "preset": {"base": MINILM}}))
    assert f"Fine-tuned from {MINILM}, trained on GoEmotions" in text


@pytest.mark.parametrize(
    "provenance",
    [
        {"data": "a file", "preset": "mine", "base_sha256": ["0"]},
        {"data": {"source": 1, "checksum": 2}, "preset": {"base": 3}},
        {"data": {}, "preset": None},
    ],
)
def test_any_provenance_of_another_maker(
    random_artifact: ModelArtifact, provenance: Mapping[str, Any]
) -> None:
    assert metadata(card(with_provenance(random_artifact, provenance)))


def test_other_labels_are_not_passed_off_as_goemotions(random_artifact: ModelArtifact) -> None:
    labels = tuple(f"{label}_x" for label in LABELS)
    thresholds = Thresholds(0.5, dict.fromkeys(labels, 0.5))
    config = dataclasses.replace(random_artifact.config, labels=labels, thresholds=thresholds)
    per_label = {label: dict.fromkeys(LABEL_FIGURES, 0.25) for label in labels}
    evaluation = dataclasses.replace(EVALUATION, per_label=per_label)
    text = card(dataclasses.replace(random_artifact, config=config), evaluation)
    assert "model-index" not in metadata(text)
    assert "datasets" not in metadata(text)
    assert "goemotions" not in text.lower()
    assert "0.1000" in text


def test_replies_only_where_the_model_reads_them(tiny_artifact: ModelArtifact) -> None:
    config = dataclasses.replace(tiny_artifact.config, reads_context=True)
    reading = dataclasses.replace(tiny_artifact, config=config)
    found = card(reading)
    start, end = found.index("\n### Replies in context"), found.index("\n## Evaluation")
    section = found[start:end]
    assert 'load("me/mine")(reply, context=said)' in section
    assert f"the last {CONTEXT_TOKENS} tokens" in section
    assert f"longer than {config.max_length} tokens" in section
    without = found[:start] + found[end:]
    assert without.replace(reading.digest, tiny_artifact.digest) == card(tiny_artifact)


def test_what_the_examples_load(random_artifact: ModelArtifact) -> None:
    assert 'model="me/mine"' in card(random_artifact)


def test_figures_of_other_texts_are_not_passed_off_as_goemotions(
    random_artifact: ModelArtifact,
) -> None:
    text = card(random_artifact, dataclasses.replace(EVALUATION, n_texts=300))
    assert "300 texts of the test split" in text
    (model,) = metadata(text).get("model-index") or [None]
    assert model is None
