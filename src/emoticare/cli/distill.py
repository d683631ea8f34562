"""`emoticare distill`: a small student learns from teachers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.mixture import read_dev_replies, read_everyday_dev, read_mixture
from emoticare.cli.options import (
    BaseOption,
    BatchSizeOption,
    DataOption,
    EpochsOption,
    EverydayDevOption,
    EverydayTextsOption,
    LearningRateOption,
    MixOption,
    RunOption,
    SeedOption,
    UnlabelledOption,
)
from emoticare.cli.runs import tell_downloads, train_and_print
from emoticare.errors import UsageError

if TYPE_CHECKING:
    from emoticare.data.dataset import Dataset
    from emoticare.data.mixture import Source
    from emoticare.training.teacher_outputs import TeacherOutputs


def distill(
    out: RunOption,
    preset: Annotated[str, typer.Option(help="The student's recipe.")] = "emoticare",
    data: DataOption = None,
    teacher_outputs: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="From `emoticare teacher-outputs`; repeatable."),
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Folder of a teacher, asked anew; repeatable."),
    ] = None,
    unlabelled: UnlabelledOption = None,
    mix: MixOption = None,
    everyday: EverydayDevOption = None,
    everyday_texts: EverydayTextsOption = None,
    base: BaseOption = None,
    epochs: EpochsOption = None,
    batch_size: BatchSizeOption = None,
    learning_rate: LearningRateOption = None,
    seed: SeedOption = 0,
) -> None:
    """Train a student on labels and on what teachers say, of the training and unlabelled texts.

    The same command again goes on where a stopped run left off; where none was stopped, it makes
    the model anew from the checkpoint that was selected.

    [bold]Example[/bold]

      emoticare distill --teacher-outputs mpnet.safetensors --data goemotions/ \
--unlabelled news.csv --base encoders/all-MiniLM-L6-v2 --out runs/student
    """
    from emoticare.cli.warnings import warn_about
    from emoticare.data.source import load_dataset_from
    from emoticare.data.unlabelled import read_unlabelled
    from emoticare.training.presets import load_preset
    from emoticare.training.run import check_extra
    from emoticare.training.teacher_outputs import load_teacher_outputs

    recipe = load_preset(
        preset,
        distilling=True,
        base=base,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    if not teacher_outputs and not teacher:
        raise UsageError("Expected a teacher: give --teacher-outputs FILE or --teacher DIR.")
    check_extra()
    tell_downloads(recipe.base, data)
    dataset = load_dataset_from(data)
    warn_about(dataset)
    texts = [text for path in unlabelled or [] for text in read_unlabelled(path)]
    teachers = [load_teacher_outputs(path) for path in teacher_outputs or []]
    mixture = read_mixture(mix, dataset.labels)
    teachers += [_ask(folder, dataset, texts, mixture) for folder in teacher or []]
    mixture = [_known_part(source, teachers) for source in mixture]
    train_and_print(
        dataset,
        recipe,
        out,
        seed=seed,
        teachers=teachers,
        unlabelled=texts,
        mixture=mixture,
        everyday=read_everyday_dev(everyday, everyday_texts, dataset.labels),
        dev_replies=read_dev_replies(everyday, everyday_texts, dataset.labels),
        keep_checkpoints=True,
    )


def _known_part(source: "Source", teachers: "list[TeacherOutputs]") -> "Source":
    """Leave out, and count, the texts of which neither labels nor teachers say anything."""
    from emoticare.training.teacher_outputs import drop_unknown

    known = drop_unknown(source, teachers)
    n_dropped = len(source.texts) - len(known.texts)
    if n_dropped:
        typer.echo(
            f"{source.name}: {n_dropped:,} of {len(source.texts):,} texts are left out: they have "
            "no labels, and no teacher has seen them.",
            err=True,
        )
    return known


def _ask(
    folder: Path, dataset: "Dataset", unlabelled: list[str], mixture: "list[Source]"
) -> "TeacherOutputs":
    from emoticare.cli.progress import text_progress
    from emoticare.data.mixture import meanings_of
    from emoticare.training.teacher_outputs import distillation_texts, score_with_teacher

    texts = distillation_texts(dataset.train.texts, unlabelled, mixture)
    with text_progress(f"Asking {folder.name}", len(set(texts))) as on_progress:
        return score_with_teacher(folder, texts, on_progress, meanings_of(mixture))
