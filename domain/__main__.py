"""Writes what is generated from the domain's declarations, or says that it is stale."""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from domain import declared
from domain.equipment.stage_table import with_table
from domain.kernel.catalogue import catalogue

_HERE = Path(__file__).parent


class Page(NamedTuple):
    """A page that is generated, or has a generated part."""

    path: Path
    made: Callable[[str], str]
    """The page as it should be, from what is stored of it; an empty text where there is none."""


PAGES = (
    Page(_HERE / "EVENTS.md", lambda _: catalogue(declared.facts().values())),
    Page(_HERE / "equipment" / "README.md", with_table),
)
"""Every generated page of the domain."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m domain catalogue --check` or `--write`; return 1 if a page was stale."""
    parser = argparse.ArgumentParser(prog="python -m domain", description=__doc__)
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("catalogue", help="the catalogue of facts, and the table of life stages")
    how = part.add_mutually_exclusive_group(required=True)
    how.add_argument("--check", action="store_true", help="show what differs from the declarations")
    how.add_argument("--write", action="store_true", help="write them anew")
    chosen = parser.parse_args(arguments)
    if chosen.write:
        for page in PAGES:
            page.path.write_text(page.made(_stored(page)), encoding="utf-8")
        return 0
    difference = "".join(stale(page) for page in PAGES)
    sys.stdout.write(difference)
    return 1 if difference else 0


def stale(page: Page) -> str:
    """Return how a stored page differs from the declarations; empty if it does not."""
    stored = _stored(page)
    present = page.made(stored)
    return "".join(difflib.unified_diff(stored.splitlines(True), present.splitlines(True), page.path.name, "declared"))


def _stored(page: Page) -> str:
    return page.path.read_text(encoding="utf-8") if page.path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
