"""`emoticare evaluate`: how good a model is on labelled texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.options import (
    DataOption,
    DelimiterOption,
    JsonFileOption,
    LabelsColumnOption,
    LabelsFileOption,
    ModelOption,
    OnProblem,
    OnProblemOption,
    OverlayOption,
    TestOption,
    TextColumnOption,
    ValidationOption,
    XedOption,
    table_options,
)

if TYPE_CHECKING:
    from emoticare.classifier import EmotionClassifier
    from emoticare.data.dataset import Split
    from emoticare.evaluation.gold import Gold
    from emoticare.evaluation.out_of_domain import OutOfDomain
    from emoticare.evaluation.robustness.report import Robustness


def evaluate(
    data: DataOption = None,
    split: Annotated[
        str, typer.Option(help="train, dev or test; all for every row of a file.")
    ] = "test",
    model: ModelOption = None,
    overlay: OverlayOption = None,
    json_file: JsonFileOption = None,
    plots: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Draw the figures there, with a page of all of them."),
    ] = None,
    xed: XedOption = None,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness",
            help="Measure robustness, too: typos, casing, names, emoji, negation, identity terms.",
        ),
    ] = False,
    validation: ValidationOption = None,
    test: TestOption = None,
    text_column: TextColumnOption = "text",
    labels_column: LabelsColumnOption = "labels",
    delimiter: DelimiterOption = "|",
    labels_file: LabelsFileOption = None,
    on_problem: OnProblemOption = OnProblem.STOP,
) -> None:
    """Measure a model on labelled texts.

    A single file is cut as it was cut for training the model, so that the test split is one that
    the model has not seen.

    [bold]Examples[/bold]

      emoticare evaluate --data goemotions/ --split test --json out.json --plots plots/

      emoticare evaluate --data tickets.csv --model runs/tickets/model
    """
    from emoticare.classifier import load
    from emoticare.cli.progress import scoring_progress
    from emoticare.cli.reports import print_evaluation, print_out_of_domain, print_robustness
    from emoticare.cli.warnings import warn_about_another_cut
    from emoticare.data.xed import read_xed
    from emoticare.evaluation.gold import load_gold, training_seed
    from emoticare.evaluation.plots import save_plots
    from emoticare.evaluation.scoring import score_split
    from emoticare.files import write_json

    classifier = load(model, overlay=overlay)
    options = table_options(
        text_column=text_column,
        labels_column=labels_column,
        delimiter=delimiter,
        seed=training_seed(classifier.artifact),
        on_problem=on_problem,
        labels_file=labels_file,
    )
    gold = load_gold(
        data,
        split,
        model_labels=classifier.labels,
        options=options,
        validation=validation,
        test=test,
    )
    if data and data.is_file() and not validation:
        warn_about_another_cut(gold, classifier.artifact)
    with scoring_progress(gold.split, n_models=1) as on_progress:
        scored = score_split(
            classifier, gold.labels, gold.split, gold.others, on_progress=on_progress
        )
    print_evaluation(scored)
    record = scored.to_json()
    if xed:
        outside = _out_of_domain(classifier, read_xed(xed), gold)
        print_out_of_domain(outside)
        record |= outside.to_json()
    if robustness:
        robust = _robustness(classifier, gold.split)
        print_robustness(robust)
        record |= robust.to_json()
    if json_file:
        write_json(json_file, record)
    if plots:
        paths = save_plots(
            gold.split.multi_hot, scored.probabilities, scored.report, plots, slices=scored.slices
        )
        typer.echo(f"figures and page: {paths[-1]}", err=True)


def _out_of_domain(classifier: "EmotionClassifier", lines: "Split", gold: "Gold") -> "OutOfDomain":
    from emoticare.cli.progress import scoring_progress
    from emoticare.evaluation.out_of_domain import evaluate_out_of_domain

    known = [gold.split, *gold.others]
    with scoring_progress(lines, n_models=1) as on_progress:
        return evaluate_out_of_domain(classifier, lines, known, on_progress=on_progress)


def _robustness(classifier: "EmotionClassifier", split: "Split") -> "Robustness":
    from emoticare.cli.progress import scoring_progress
    from emoticare.evaluation.robustness.perturbed import PERTURBATIONS
    from emoticare.evaluation.robustness.report import evaluate_robustness

    with scoring_progress(split, n_models=1 + len(PERTURBATIONS)) as on_progress:
        return evaluate_robustness(classifier, split, on_progress=on_progress)
