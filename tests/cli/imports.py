"""Companies in a CSV, the mapping that tells how they become facts, and what is on record of them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.cli.program import Aftercare
from tests.importing import azure_files
from tests.importing.books import MAPPINGS

MAPPING = r"""
format = 1
source = "urn:test:companies"
[files.companies]
path = ["companies*.csv"]
when = "name != 'nobody'"
columns.number = { match = '\d+', required = true }
columns.name = {}
columns.since = { type = "moment", required = true }
[[records]]
name = "company"
from = "companies"
command = "organisation.register"
at = "{since}"
id = "{number}"
fields = { organisation_id = { id = "{number}" }, name = "{name}" }
"""
HEADER = "number,name,since"
SINCE = "2001-02-03T04:05:06Z"
RIGHT = (f"1,One,{SINCE}", f"2,Two,{SINCE}", f"3,Three,{SINCE}")


def mapping(home: Path, text: str = MAPPING) -> str:
    """Write the mapping; return its path."""
    path = home / "companies.toml"
    path.write_text(text)
    return str(path)


def companies(home: Path, rows: Sequence[str] = RIGHT, header: str = HEADER) -> str:
    """Write the data; return its path."""
    path = home / "companies.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def importing(folder: Path) -> tuple[str, ...]:
    """Return the command that imports Azure data."""
    return ("import", "--mapping", str(MAPPINGS / azure_files.MAPPING), str(folder))


def many(number: int) -> list[str]:
    """Return so many rows."""
    return [f"{each},Company {each},{SINCE}" for each in range(number)]


def on_record(program: Aftercare) -> int:
    """Return how many facts are on record."""
    with closing(sqlite3.connect(program.home / "aftercare.db", timeout=60)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM fact").fetchone()
        return int(count)


def distinct(program: Aftercare) -> int:
    """Return how many streams the facts on record are of."""
    with closing(sqlite3.connect(program.home / "aftercare.db")) as connection:
        (count,) = connection.execute("SELECT count(DISTINCT stream) FROM fact").fetchone()
        return int(count)
