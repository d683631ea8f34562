"""A user's labelled texts -> an overlay: own thresholds, and how sure they are."""

from emoticare.tuning.objective import Objective
from emoticare.tuning.report import LabelReport, TuningReport
from emoticare.tuning.tune import Tuning, tune

__all__ = ["LabelReport", "Objective", "Tuning", "TuningReport", "tune"]
