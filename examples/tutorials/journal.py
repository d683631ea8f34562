"""A journal for a mental-health tool: scored here, kept encrypted, shown as trends.

pip install emoticare cryptography
python examples/tutorials/journal.py
"""

import base64
import datetime as dt
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

import emoticare
from emoticare.stages.groups import grouped_scores

CRISIS_NOTE = (
    "This is no diagnosis and nobody reads along. If you or someone else is in danger, call your "
    "local emergency number now (112 in Europe, 911 in North America). To talk with someone: 988 "
    "in the United States and Canada; findahelpline.com lists lines of other countries."
)
FEWEST_A_WEEK = 3
ENTRIES = {
    "2024-03-04": "Slept badly again. I'm worried about the interview on Friday.",
    "2024-03-06": "So nervous that I could not eat. What if they laugh at me?",
    "2024-03-08": "The interview is over. I'm so relieved, they were kind!",
    "2024-03-11": "Long walk with Ida. It was lovely, we laughed a lot.",
    "2024-03-13": "Thank you, Mum, for the call. It helped more than you know.",
    "2024-03-15": "They offered me the job! I can't believe it, I'm so happy and proud!",
    "2024-03-19": "Missing Grandpa today. It still hurts.",
}


class Journal:
    """Entries in a folder, each encrypted with a key that only the passphrase gives.

    Args:
        folder: Where they lie; made where it is missing.
        passphrase: Of the one who writes. Nobody can read the entries without it, nor reset it.
    """

    def __init__(self, folder: Path, passphrase: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._entries = folder / "entries"
        salt = folder / "salt"
        if not salt.exists():
            salt.write_bytes(os.urandom(16))
        # Slow on purpose: guessing passphrases must cost time and memory.
        derive = Scrypt(salt=salt.read_bytes(), length=32, n=2**17, r=8, p=1)
        self._cipher = Fernet(base64.urlsafe_b64encode(derive.derive(passphrase.encode())))
        self._classifier = emoticare.load()

    def add(self, day: dt.date, text: str) -> None:
        """Score an entry on this machine and appends it, encrypted."""
        sentiment = grouped_scores(self._classifier(text).scores)["sentiment"]
        entry = {"day": day.isoformat(), "text": text, "sentiment": sentiment}
        token = self._cipher.encrypt(json.dumps(entry).encode())
        with self._entries.open("ab") as sink:
            sink.write(token + b"\n")

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield all entries, oldest first.

        Raises:
            PermissionError: If the passphrase is wrong or the file was changed.
        """
        lines = self._entries.read_bytes().splitlines() if self._entries.exists() else []
        for token in lines:
            try:
                yield json.loads(self._cipher.decrypt(token))
            except InvalidToken:
                raise PermissionError("the passphrase is wrong, or the file was changed") from None

    def trend(self) -> Iterator[str]:
        """Return how the words of each week felt; of few entries, no score is shown."""
        weeks = defaultdict(list)
        for entry in self.entries():
            year, week, _ = dt.date.fromisoformat(entry["day"]).isocalendar()
            weeks[year, week].append(entry["sentiment"])
        for (year, week), found in sorted(weeks.items()):
            if len(found) < FEWEST_A_WEEK:
                yield f"{year}, week {week}: {len(found)} entries, too few to say anything"
                continue
            light = sum(entry["positive"] for entry in found) / len(found)
            heavy = sum(entry["negative"] for entry in found) / len(found)
            if abs(light - heavy) < 0.2:
                words = "light and heavy about equally"
            else:
                words = "mostly light words" if light > heavy else "mostly heavy words"
            yield f"{year}, week {week}: {len(found)} entries, {words}"


def main() -> None:
    """Write some days and shows the trend."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), "correct horse battery staple")
        for day, text in ENTRIES.items():
            journal.add(dt.date.fromisoformat(day), text)
        print(*journal.trend(), sep="\n")
        # Always, and not when a score asks for it: scores miss most who are in danger.
        print(f"\n{CRISIS_NOTE}")


if __name__ == "__main__":
    main()
