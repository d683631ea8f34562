"""Emotions in a Dask job, by `map_partitions`: each worker loads the model once.

pip install emoticare 'dask[dataframe]'
python examples/dask_map_partitions.py 'input/*.csv' OUTPUT_FOLDER
"""

import sys
from functools import lru_cache

import dask.dataframe as dd
import pandas as pd

import emoticare
from emoticare.integrations.pandas import emotions


@lru_cache(maxsize=1)
def classifier() -> emoticare.EmotionClassifier:
    return emoticare.load()


def add_emotions(part: pd.DataFrame) -> pd.DataFrame:
    found = emotions(part["text"], classifier())
    return part.assign(emotion_labels=found["emotion_labels"].str.join("|"))


def main(source: str, target: str) -> None:
    rows = dd.read_csv(source, dtype=str, blocksize=None)
    columns = rows._meta.assign(emotion_labels=pd.Series(dtype=str))
    scored = rows.map_partitions(add_emotions, meta=columns)
    scored.to_parquet(target, write_index=False)
    print(dd.read_parquet(target).head(5).to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
