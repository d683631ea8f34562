"""Emotions in a Spark job, by `mapInPandas`: each Python worker loads the model once.

pip install emoticare pyspark pandas pyarrow
spark-submit examples/spark_map_in_pandas.py INPUT_FOLDER OUTPUT_FOLDER
"""

import sys
from collections.abc import Iterator

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.types import ArrayType, StringType, StructField, StructType

import emoticare


def add_emotions(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    classifier = emoticare.load()
    for batch in batches:
        predictions = classifier.stream(batch["text"].fillna(""))
        batch["emotion_labels"] = [prediction.labels for prediction in predictions]
        yield batch


def main(source: str, target: str) -> None:
    # One thread for each task: Spark has one task a core.
    spark = SparkSession.builder.config("spark.executorEnv.OMP_NUM_THREADS", "1").getOrCreate()
    rows = spark.read.option("multiLine", True).csv(source, header=True)
    added = StructField("emotion_labels", ArrayType(StringType()))
    scored = rows.mapInPandas(add_emotions, StructType([*rows.schema.fields, added]))
    scored.write.mode("errorifexists").parquet(target)
    spark.read.parquet(target).orderBy("id").show(5, truncate=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
