"""`emoticare compare`: how far two models differ on the same texts."""

from typing import Annotated

import typer

from emoticare.cli.options import (
    DataOption,
    DelimiterOption,
    JsonFileOption,
    LabelsColumnOption,
    TextColumnOption,
    XedOption,
    table_options,
)

_MODEL_HELP = (
    '"embedded", the folder of a model, or a folder that `emoticare export hf` wrote, which is '
    "scored in float32."
)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=_MODEL_HELP)],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one; differences are B - A.")],
    data: DataOption = None,
    split: Annotated[
        str, typer.Option(help="train, dev or test; all for every row of a file.")
    ] = "test",
    json_file: JsonFileOption = None,
    xed: XedOption = None,
    text_column: TextColumnOption = "text",
    labels_column: LabelsColumnOption = "labels",
    delimiter: DelimiterOption = "|",
) -> None:
    """Compare two models: probabilities, decisions and figures.

    Differences of figures come with 95% intervals of a paired bootstrap over texts.

    [bold]Examples[/bold]

      emoticare compare embedded runs/first/model --data goemotions/ --split dev

      emoticare compare embedded hub/ --data goemotions/ --json drift.json
    """
    from emoticare.cli.progress import scoring_progress
    from emoticare.cli.reports import print_comparison, print_comparison_out_of_domain
    from emoticare.data.xed import read_xed
    from emoticare.evaluation.contender import compare_contenders, load_contender
    from emoticare.evaluation.gold import load_gold, training_seed
    from emoticare.evaluation.out_of_domain import compare_out_of_domain
    from emoticare.model.files import write_json

    first, second = load_contender(a), load_contender(b)
    options = table_options(
        text_column=text_column,
        labels_column=labels_column,
        delimiter=delimiter,
        seed=training_seed(first.classifier.artifact),
    )
    gold = load_gold(data, split, model_labels=first.classifier.labels, options=options)
    with scoring_progress(gold.split, n_models=2) as on_progress:
        record = compare_contenders(first, second, gold, on_progress=on_progress)
    print_comparison(record)
    if xed:
        lines = read_xed(xed)
        known = [gold.split, *gold.others]
        with scoring_progress(lines, n_models=2) as on_progress:
            outside = compare_out_of_domain(
                first.classifier, second.classifier, lines, known, on_progress=on_progress
            )
        print_comparison_out_of_domain(outside)
        record |= outside
    if json_file:
        write_json(json_file, record)
