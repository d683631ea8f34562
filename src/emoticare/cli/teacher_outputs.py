"""`emoticare teacher-outputs`: what a teacher says of texts, for distillation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.mixture import read_mixture
from emoticare.cli.options import DataOption, MixOption, UnlabelledOption
from emoticare.errors import number_of
from emoticare.labels import LABELS

if TYPE_CHECKING:
    from emoticare.training.teacher_outputs import TeacherOutputs


def teacher_outputs(
    teachers: Annotated[
        list[Path],
        typer.Argument(metavar="TEACHER…", help="Folders of teachers, or files of their outputs."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write; a .safetensors file.")],
    data: DataOption = None,
    unlabelled: UnlabelledOption = None,
    mix: MixOption = None,
) -> None:
    """Save teachers' logits for all training, dev and unlabelled texts; the texts are not saved.

    Of several teachers, the mean is saved. Where a source gives a text's meaning in other words,
    teachers are asked about those. With --unlabelled or --mix but no --data, those texts alone are
    scored: teachers of another domain need not know GoEmotions.

    [bold]Example[/bold]

      emoticare teacher-outputs runs/teacher/teacher --data goemotions/ --unlabelled news.csv \
--out teacher.safetensors
    """
    from emoticare.data.mixture import meanings_of
    from emoticare.data.source import load_dataset_from
    from emoticare.data.unlabelled import read_unlabelled
    from emoticare.training.run import check_extra

    check_extra()
    from emoticare.training.teacher_outputs import distillation_texts, mean_outputs

    more = [text for path in unlabelled or [] for text in read_unlabelled(path)]
    if data is None and (more or mix):
        mixture = read_mixture(mix, LABELS)
        texts = [*more, *(text for source in mixture for text in source.texts)]
    else:
        dataset = load_dataset_from(data)
        mixture = read_mixture(mix, dataset.labels)
        texts = distillation_texts([*dataset.train.texts, *dataset.validation.texts], more, mixture)
    meanings = meanings_of(mixture)
    outputs = mean_outputs([_outputs(teacher, texts, meanings) for teacher in teachers], texts)
    outputs.save(out)
    typer.echo(
        f"{out}  ({number_of(len(outputs.keys), 'text')}, {out.stat().st_size / 1e6:.1f} MB)"
    )


def _outputs(teacher: Path, texts: list[str], meanings: dict[str, str]) -> "TeacherOutputs":
    from emoticare.cli.progress import text_progress
    from emoticare.training.teacher_outputs import load_teacher_outputs, score_with_teacher

    if teacher.is_file():
        return load_teacher_outputs(teacher)
    with text_progress(f"Asking {teacher.name}", len(set(texts))) as on_progress:
        return score_with_teacher(teacher, texts, on_progress, meanings)
