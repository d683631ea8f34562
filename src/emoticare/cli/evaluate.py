"""`emoticare evaluate`: how good a model is on labelled texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoticare.cli.options import (
    DataOption,
    DelimiterOption,
    EverydayOption,
    EverydayTextsOption,
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
    from emoticare.data.tabular import TableOptions
    from emoticare.evaluation.everyday import Everyday
    from emoticare.evaluation.gold import Gold
    from emoticare.evaluation.out_of_domain import OutOfDomain
    from emoticare.evaluation.replies import Replies
    from emoticare.evaluation.robustness.robustness_report import Robustness
    from emoticare.evaluation.scoring import ScoredSplit


def evaluate(
    data: DataOption = None,
    split: Annotated[
        str, typer.Option(help="train, dev or test; all for every row of a file.")
    ] = "test",
    model: ModelOption = None,
    domain: Annotated[
        str | None,
        typer.Option(
            "--domain",
            metavar="everyday|reddit",
            help="Thresholds and calibration; those for the data set by default.",
        ),
    ] = None,
    overlay: OverlayOption = None,
    json_file: JsonFileOption = None,
    plots: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Draw the figures there, with a page of all of them."),
    ] = None,
    xed: XedOption = None,
    everyday: EverydayOption = None,
    texts: EverydayTextsOption = None,
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

      emoticare evaluate --everyday corpora/everyday --texts sources/ --split dev
    """
    from emoticare.cli.reports import (
        print_everyday,
        print_out_of_domain,
        print_replies,
        print_robustness,
    )
    from emoticare.data.xed import read_xed
    from emoticare.evaluation.gold import EVERYDAY, domain_of, in_domain, training_seed
    from emoticare.evaluation.plotting import check_plots
    from emoticare.model.files import write_json

    _check_combination(everyday, texts, data, xed=xed, robustness=robustness)
    if plots:
        check_plots()
    classifier = _load(model, domain, overlay)
    # What is not from Reddit.
    everyday_reader = classifier if domain else in_domain(classifier, EVERYDAY)
    record: dict[str, object] = {}
    scored = gold = outcome = None
    if data or not everyday:
        options = table_options(
            text_column=text_column,
            labels_column=labels_column,
            delimiter=delimiter,
            seed=training_seed(classifier.artifact),
            on_problem=on_problem,
            labels_file=labels_file,
        )
        gold = _gold(classifier, data, split, options, validation, test)
        if not domain:
            classifier = in_domain(classifier, domain_of(gold, classifier.artifact))
        scored = _score(classifier, gold)
        record |= scored.to_json()
    if gold and xed:
        outside = _out_of_domain(everyday_reader, read_xed(xed), gold)
        print_out_of_domain(outside)
        record |= outside.to_json()
    if gold and robustness:
        robust = _robustness(classifier, gold.split)
        print_robustness(robust)
        record |= robust.to_json()
    if everyday:
        outcome = _everyday(everyday_reader, everyday, split, texts)
        print_everyday(outcome)
        record |= outcome.to_json()
        if everyday_reader.artifact.config.reads_context:
            replies = _replies(everyday_reader, everyday, split, texts)
            print_replies(replies)
            record |= replies.to_json()
    if json_file:
        write_json(json_file, record)
    if plots:
        _draw(plots, scored, outcome)


def _check_combination(
    everyday: Path | None,
    texts: Path | None,
    data: Path | None,
    *,
    xed: Path | None,
    robustness: bool,
) -> None:
    from emoticare.errors import UsageError

    if texts and not everyday:
        raise UsageError("Expected --everyday with --texts, found --texts alone. Give both.")
    if everyday and not data and (xed or robustness):
        raise UsageError(
            "Expected --data with --xed and --robustness, found --everyday alone. Give --data too."
        )


def _load(model: Path | None, domain: str | None, overlay: Path | None) -> "EmotionClassifier":
    """Load a model, or one exported in the layout of the Hugging Face hub."""
    from emoticare.classifier import load
    from emoticare.evaluation.contender import is_float_model, load_contender

    if model and not overlay and is_float_model(model):
        return load_contender(str(model)).classifier
    return load(model, domain=domain, overlay=overlay)


def _gold(
    classifier: "EmotionClassifier",
    data: Path | None,
    split: str,
    options: "TableOptions",
    validation: Path | None,
    test: Path | None,
) -> "Gold":
    from emoticare.cli.warnings import warn_about_another_cut
    from emoticare.evaluation.gold import load_gold

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
    return gold


def _score(classifier: "EmotionClassifier", gold: "Gold") -> "ScoredSplit":
    from emoticare.cli.progress import scoring_progress
    from emoticare.cli.reports import print_evaluation
    from emoticare.evaluation.scoring import score_split

    with scoring_progress(gold.split, n_models=1) as on_progress:
        scored = score_split(
            classifier, gold.labels, gold.split, gold.others, on_progress=on_progress
        )
    print_evaluation(scored)
    return scored


def _everyday(
    classifier: "EmotionClassifier", corpus: Path, split: str, sources: Path | None
) -> "Everyday":
    from emoticare.cli.progress import text_progress
    from emoticare.data.everyday import read_everyday
    from emoticare.evaluation.everyday import evaluate_everyday

    texts = read_everyday(corpus, split, classifier.labels, sources)
    with text_progress(f"Scoring {split}", len(texts.texts)) as on_progress:
        return evaluate_everyday(classifier, texts, on_progress=on_progress)


def _replies(
    classifier: "EmotionClassifier", corpus: Path, split: str, sources: Path | None
) -> "Replies":
    from emoticare.cli.progress import text_progress
    from emoticare.data.everyday import read_pairs
    from emoticare.evaluation.replies import evaluate_replies

    pairs = read_pairs(corpus, split, classifier.labels, sources)
    with text_progress("Scoring replies", 2 * len(pairs.texts)) as on_progress:
        return evaluate_replies(classifier, pairs, on_progress=on_progress)


def _draw(folder: Path, scored: "ScoredSplit | None", everyday: "Everyday | None") -> None:
    from emoticare.evaluation.plots import save_everyday_plots, save_plots

    if scored:
        paths = save_plots(
            scored.split.multi_hot,
            scored.probabilities,
            scored.report,
            folder,
            slices=scored.slices,
            everyday=everyday,
        )
    elif everyday:
        paths = save_everyday_plots(everyday, folder)
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
    from emoticare.evaluation.robustness.robustness_report import evaluate_robustness

    with scoring_progress(split, n_models=1 + len(PERTURBATIONS)) as on_progress:
        return evaluate_robustness(classifier, split, on_progress=on_progress)
