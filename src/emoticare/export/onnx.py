"""A model as a folder for ONNX runtimes, in 8 bits and in float32."""

from pathlib import Path
from string import Template
from typing import Final

from emoticare._version import __version__
from emoticare.model.artifact import MANIFEST, ModelArtifact
from emoticare.model.folders import holds_only, save_folder
from emoticare.network.float_graph import OPSET
from emoticare.stages.tokens import CONTEXT_TOKENS

_REPLIES: Final = f"""
The model has learned to read a reply with what was said before it: the ids of `[CLS]`, the last
tokens of what was said, `[SEP]`, the reply, `[SEP]`. In the example:
`tokenizer.encode_batch([(said, reply)])`. EmotiCare takes at most {CONTEXT_TOKENS} of what was
said, from the beginning of a word on. The labels are those of the reply. Without anything before
it nothing changes.
"""


def export_onnx(artifact: ModelArtifact, folder: Path | str) -> None:
    """Write an ONNX folder, whole or not at all; EmotiCare itself can load it too.

    Args:
        artifact: The model.
        folder: Must not exist yet, be empty, or hold an earlier export, which is replaced.

    Raises:
        ArtifactError: If the model cannot be read back, or the folder holds something else.
        MissingExtraError: If the packages for exporting are not installed.
    """
    contents = onnx_files(artifact)
    save_folder(
        folder,
        contents,
        kind="an export of EmotiCare to ONNX",
        may_replace=lambda existing: (
            holds_only(existing, contents) and (existing / MANIFEST).exists()
        ),
    )


def onnx_files(artifact: ModelArtifact) -> dict[str, bytes]:
    """Return the files of an ONNX folder, by name.

    Raises:
        ArtifactError: If the model cannot be read back.
        MissingExtraError: If the packages for exporting are not installed.
    """
    template = (Path(__file__).parent / "onnx_readme.md").read_text(encoding="utf-8")
    readme = Template(template).substitute(
        n_labels=len(artifact.config.labels),
        digest=artifact.digest,
        version=__version__,
        opset=OPSET,
        max_length=artifact.config.max_length,
        output=artifact.config.output,
        replies=_REPLIES if artifact.config.reads_context else "",
    )
    return {
        **artifact.files,
        "model_fp32.onnx": artifact.float_model(every_head=True).graph(),
        "README.md": readme.encode(),
    }
