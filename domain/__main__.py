"""Writes what is generated from the domain's declarations, or says that it is stale."""

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from domain import declared
from domain.kernel.catalogue import catalogue

EVENTS = Path(__file__).with_name("EVENTS.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m domain catalogue --check` or `--write`; return 1 if the catalogue was stale."""
    parser = argparse.ArgumentParser(prog="python -m domain", description=__doc__)
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("catalogue", help="the catalogue of facts, domain/EVENTS.md")
    how = part.add_mutually_exclusive_group(required=True)
    how.add_argument("--check", action="store_true", help="show what differs from the declarations")
    how.add_argument("--write", action="store_true", help="write it anew")
    chosen = parser.parse_args(arguments)
    present = catalogue(declared.facts().values())
    if chosen.write:
        EVENTS.write_text(present, encoding="utf-8")
        return 0
    difference = stale(present)
    sys.stdout.write(difference)
    return 1 if difference else 0


def stale(present: str) -> str:
    """Return how the stored catalogue differs from the declarations; empty if it does not."""
    stored = EVENTS.read_text(encoding="utf-8") if EVENTS.exists() else ""
    lines = difflib.unified_diff(stored.splitlines(True), present.splitlines(True), EVENTS.name, "declared")
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
