"""Reads the fixed sets of sentences that lie beside this module."""

import csv
from pathlib import Path


def read_rows(file_name: str) -> list[dict[str, str]]:
    """Read a file of tab-separated fields with a header, without any quoting.

    Args:
        file_name: Of a file in this folder.

    Returns:
        For each row its fields by column name.
    """
    content = Path(__file__).with_name(file_name).read_text(encoding="utf-8")
    return list(csv.DictReader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
