"""GoEmotions from the Hugging Face hub."""

from typing import Any, Final

from emoticare.data.dataset import SPLIT_NAMES, Dataset, Split, multi_hot_matrix
from emoticare.data.faults import Faults, RowError, check_text
from emoticare.data.goemotions import check_label_ids
from emoticare.errors import DataError, MissingExtraError
from emoticare.labels import LABELS

GOEMOTIONS_REPO: Final = "google-research-datasets/go_emotions"
GOEMOTIONS_CONFIG: Final = "simplified"
_COLUMNS: Final = ("text", "labels", "id")


def load_goemotions_from_hub(
    repo: str = GOEMOTIONS_REPO, config: str = GOEMOTIONS_CONFIG
) -> Dataset:
    """Download GoEmotions, or read it from the local cache of an earlier download.

    Args:
        repo: A data set on the hub, or a local folder with the same layout.
        config: The configuration with the columns `text`, `labels` (ids) and `id`.

    Raises:
        MissingExtraError: The package `datasets` is not installed.
        DataError: The data set cannot be had, or is not GoEmotions.
    """
    tables = _load_tables(repo, config)
    missing = [name for name in SPLIT_NAMES if name not in tables]
    if missing:
        raise DataError(
            f"{repo} ({config}): expected the splits {', '.join(SPLIT_NAMES)}, found no "
            f"{', '.join(missing)}. Name a data set laid out like {GOEMOTIONS_REPO}."
        )
    splits = [_to_split(tables[name], name, f"{repo} ({config}), {name}") for name in SPLIT_NAMES]
    return Dataset.from_splits(LABELS, splits, source=f"{GOEMOTIONS_REPO} ({config}), from the hub")


def _load_tables(repo: str, config: str) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError("Reading GoEmotions from the hub", "train") from error
    try:
        return datasets.load_dataset(repo, config)
    # The hub's client and its transports share no base class for what they raise.
    except Exception as error:
        raise DataError(
            f"Expected to load {repo} ({config}) from the hub, found {type(error).__name__}. "
            "Check the connection, or pass --data DIR with train.tsv, dev.tsv and test.tsv."
        ) from error


def _to_split(table: Any, name: str, where: str) -> Split:
    _check_features(table.features, where)
    columns = table.to_dict()
    _check_rows(columns, where)
    return Split(
        name=name,
        texts=columns["text"],
        multi_hot=multi_hot_matrix(columns["labels"], len(LABELS)),
        ids=columns["id"],
    )


def _check_features(features: Any, where: str) -> None:
    missing = [column for column in _COLUMNS if column not in features]
    if missing:
        raise DataError(
            f"{where}: expected the columns {', '.join(_COLUMNS)}, found no {', '.join(missing)}. "
            f"Name a data set laid out like {GOEMOTIONS_REPO}."
        )
    names = getattr(getattr(features["labels"], "feature", None), "names", None)
    if names is None or tuple(names) != LABELS:
        raise DataError(
            f"{where}: expected the column labels to hold lists of the {len(LABELS)} labels of "
            f"GoEmotions in id order, found others. Name a data set laid out like "
            f"{GOEMOTIONS_REPO}."
        )


def _check_rows(columns: dict[str, list[Any]], where: str) -> None:
    faults = Faults(
        expected="a text, label ids and an id in each row",
        fix="The copy on the hub is damaged: pass --data DIR with the official files.",
    )
    rows = zip(columns["text"], columns["labels"], columns["id"], strict=True)
    for number, (text, label_ids, row_id) in enumerate(rows, start=1):
        try:
            if None in (text, label_ids, row_id):
                raise RowError("a missing value")
            check_text(text)
            check_label_ids(label_ids)
        except RowError as error:
            faults.add(f"{where}, row {number}", str(error))
    faults.stop_if_any()
