"""Scores files of any size: texts in a column in, the same rows with their emotions out.

A file is cut into shards; each is written whole or not at all, and a manifest says which are done,
so that a run that was killed goes on where it stood.
"""

from emoticare.bulk.job import Progress, score_files
from emoticare.bulk.pipes import score_to_stream
from emoticare.bulk.settings import ScoreSettings
from emoticare.bulk.summary import Summary

__all__ = ["Progress", "ScoreSettings", "Summary", "score_files", "score_to_stream"]
