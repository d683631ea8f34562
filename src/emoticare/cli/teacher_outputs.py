"""`emoticare teacher-outputs`: what a teacher says of texts, for distillation."""

from pathlib import Path
from typing import Annotated

import typer

from emoticare.cli.options import DataOption, UnlabelledOption


def teacher_outputs(
    teacher: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a teacher.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write; a .safetensors file.")],
    data: DataOption = None,
    unlabelled: UnlabelledOption = None,
) -> None:
    """Save a teacher's logits for all training, dev and unlabelled texts; the texts are not saved.

    [bold]Example[/bold]

      emoticare teacher-outputs runs/teacher/teacher --data goemotions/ --unlabelled news.csv \
--out teacher.safetensors
    """
    from emoticare.cli.progress import text_progress
    from emoticare.data.source import load_dataset_from
    from emoticare.data.unlabelled import read_unlabelled
    from emoticare.training.run import check_extra

    check_extra()
    from emoticare.training.teacher_outputs import ask_teacher

    dataset = load_dataset_from(data)
    texts = [*dataset.train.texts, *dataset.validation.texts]
    for path in unlabelled or []:
        texts += read_unlabelled(path)
    with text_progress("Asking the teacher", len(set(texts))) as on_progress:
        outputs = ask_teacher(teacher, texts, on_progress)
    outputs.save(out)
    typer.echo(f"{out}  ({len(outputs.keys):,} texts, {out.stat().st_size / 1e6:.1f} MB)")
