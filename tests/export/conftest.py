"""The embedded model exported once."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from emoticare.export.huggingface import export_hf
from emoticare.labels import LABELS
from emoticare.model.artifact import ModelArtifact
from emoticare.stages.probabilities import FloatArray


@pytest.fixture(scope="session")
def hf_folder(embedded_artifact: ModelArtifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hf") / "emoticare"
    export_hf(embedded_artifact, folder)
    return folder


@pytest.fixture(scope="session")
def hf_folder_with_context(
    embedded_artifact_with_context: ModelArtifact, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("hf") / "emoticare"
    export_hf(embedded_artifact_with_context, folder)
    return folder


@pytest.fixture(scope="session")
def transformers_js(
    hf_folder: Path,
) -> Callable[[Sequence[str | tuple[str, str]]], dict[str, FloatArray]]:
    """Scores texts and pairs with the export in Node.

    It gives "fp32" and "q8", each of shape (n_texts, n_labels).
    """
    script = Path(__file__).parents[1] / "snippets" / "transformers_js" / "scores.mjs"
    packages = Path(os.environ.get("EMOTICARE_NODE_MODULES", script.parent / "node_modules"))
    if not shutil.which("node") or not (packages / "@huggingface/transformers").is_dir():
        pytest.skip(
            "needs node, and `npm install --ignore-scripts` in tests/snippets/transformers_js or "
            "EMOTICARE_NODE_MODULES"
        )

    def scores(texts: Sequence[str | tuple[str, str]]) -> dict[str, FloatArray]:
        done = subprocess.run(
            ["node", str(script), str(hf_folder)],
            input=json.dumps(texts),
            env={**os.environ, "EMOTICARE_NODE_MODULES": str(packages)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return {
            precision: np.array([[row[label] for label in LABELS] for row in rows], np.float32)
            for precision, rows in json.loads(done.stdout).items()
        }

    return scores
