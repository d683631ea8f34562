"""A user's labelled texts -> an overlay: own thresholds, and how sure they are."""

from emoticare.training.tuning.objective import Objective
from emoticare.training.tuning.tune import Tuning, tune
from emoticare.training.tuning.tuning_report import LabelReport, TuningReport

__all__ = ["LabelReport", "Objective", "Tuning", "TuningReport", "tune"]
