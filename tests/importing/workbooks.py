"""Workbooks of two sheets that tell names, and the mapping that reads both."""

from collections.abc import Mapping
from pathlib import Path

import openpyxl

HEAD = 'format = 1\nsource = "urn:test"\n'
FILE = """
[files.NAME]
path = ["PATH"]
sheet = "SHEET"
columns.name = { required = true }
columns.since = { type = "moment", zone = "UTC", required = true }
[[records]]
name = "NAME"
from = "NAME"
command = "organisation.register"
at = "{since}"
id = "{file}|{line}"
fields = { organisation_id = { id = "{file}|{line}" }, name = "{name}" }
"""
SINCE = "2001-02-03T04:05:06Z"


def reads(name: str, sheet: str, path: str = "w.xlsx") -> str:
    """Return how a sheet is mapped."""
    return FILE.replace("NAME", name).replace("SHEET", sheet).replace("PATH", path)


BOTH = HEAD + reads("makers", "Makers") + reads("buyers", "Buyers", "*.xlsx")


def workbook(folder: Path, sheets: Mapping[str, list[str]], name: str = "w.xlsx", since: str = SINCE) -> Path:
    """Write a workbook: names in sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, names in sheets.items():
        sheet = book.create_sheet(title)
        for row in (["name", "since"], *([each, since] for each in names)):
            sheet.append(row)
    book.save(folder / name)
    return folder / name
