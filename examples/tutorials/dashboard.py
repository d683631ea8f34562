"""From a table of messages to a report for a meeting.

pip install 'emoticare[report]'
python examples/tutorials/dashboard.py [FOLDER]
"""

import csv
import datetime as dt
import random
import sys
import tempfile
from pathlib import Path

from emoticare.bulk import ScoreSettings, score_files
from emoticare.report import ReportSettings, make_report
from emoticare.report.words import findings

BEFORE = (
    "Thanks, that was quick and very helpful!",
    "Where can I change my address?",
    "I love the new colours.",
    "The parcel came a day late.",
    "Everything works, great job.",
    "Could you send me the invoice again?",
)
AFTER = (
    "The app crashes every time, this is so annoying!",
    "I'm angry, I was charged twice!",
    "It stopped working after the update. I'm disappointed.",
    *BEFORE[:3],
)


def write_messages(path: Path) -> None:
    """Invent messages: after an update in April, more of the app's are annoyed."""
    chance = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as sink:
        rows = csv.writer(sink)
        rows.writerow(["message", "received", "channel"])
        for number in range(1200):
            received = dt.datetime(2024, 1, 1, 9) + dt.timedelta(hours=4.8 * number)
            channel = chance.choice(["app", "mail", "phone"])
            is_after = received >= dt.datetime(2024, 4, 15) and channel == "app"
            rows.writerow([chance.choice(AFTER if is_after else BEFORE), received, channel])


def main(folder: Path) -> None:
    """Score the messages once, and make a report of the scores."""
    folder.mkdir(parents=True, exist_ok=True)
    write_messages(folder / "messages.csv")
    scored = folder / "scored.parquet"
    score_files(
        [str(folder / "messages.csv")],
        str(scored),
        ScoreSettings(text_column="message", scores="all"),
    )
    settings = ReportSettings(
        text_column="message",
        time_column="received",
        group_column="channel",
        timezone="Europe/Berlin",
        title="Messages of 2024",
        private=True,
    )
    report = make_report([str(scored)], settings)
    (folder / "report.html").write_text(report.to_html(), encoding="utf-8")
    report.write_figures(folder / "figures")
    print(*findings(report.summary), sep="\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
