"""Companies in a CSV, the mapping that tells how they become facts, and what is on record of them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg

from tests.cli.program import Aftercare, Ran
from tests.importing import azure_files
from tests.importing.books import MAPPINGS
from tests.servers import libpq

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


def run(program: Aftercare, *arguments: str) -> Ran:
    return program.run("import", "--mapping", mapping(program.home), *arguments)


def row_of(ran: Ran, first: str) -> list[str]:
    """Return the other cells of a row of a table."""
    (line,) = (line for line in ran.out.splitlines() if line.startswith(f"│ {first} "))
    return [cell.strip() for cell in line.split("│")[2:-1]]


def on_record(program: Aftercare, counted: str = "*") -> int:
    """Return how many facts are on record, on either database."""
    asked = f"SELECT count({counted}) FROM fact"
    if url := program.environment.get("DATABASE_URL"):
        with psycopg.connect(libpq(url)) as server:
            (count,) = server.execute(asked).fetchone() or (0,)
    else:
        with closing(sqlite3.connect(program.home / "aftercare.db", timeout=60)) as file:
            (count,) = file.execute(asked).fetchone()
    return int(count)


def streams(program: Aftercare) -> int:
    """Return of how many streams facts are on record."""
    return on_record(program, "DISTINCT stream")
