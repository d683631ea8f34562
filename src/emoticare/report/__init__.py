"""Reports: what a file of texts feels, over time and by group, on one page.

Rows stream through: only counts are kept, by time, group and emotion, and a few examples.
"""

from emoticare.errors import MissingExtraError

try:
    import pyarrow  # noqa: F401 - everything here needs both
    import vl_convert  # noqa: F401
except ImportError as error:
    raise MissingExtraError("Making a report", "report") from error

from emoticare.report.report import Report, make_report
from emoticare.report.settings import ReportSettings

__all__ = ["Report", "ReportSettings", "make_report"]
