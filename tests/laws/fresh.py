"""Empty databases in number, and how many examples of a law each kind of database is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = {"sqlite": 30, "postgresql": 6}
"""A fresh database per example costs PostgreSQL a hundred times as much."""

Fresh = Callable[[], str]


@pytest.fixture
def fresh(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Makes empty, migrated databases."""
    return _maker(database_kind, request, tmp_path)


@pytest.fixture
def fresh_others(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Makes such databases of the other kind."""
    other = "postgresql" if database_kind == "sqlite" else "sqlite"
    return _maker(other, request, tmp_path)


def _maker(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    if kind == "sqlite":
        template = request.getfixturevalue("sqlite_templates")[0]
        numbers = iter(range(10**9))

        def copy() -> str:
            target = tmp_path / f"{next(numbers)}.db"
            target.write_bytes(template.read_bytes())
            return f"sqlite:///{target}"

        return copy
    server = request.getfixturevalue("postgres")
    template_url = request.getfixturevalue("postgres_templates")[0]
    return lambda: str(server.create_database(template_url))


def law(kind: str, check: Callable[..., None], **drawn: st.SearchStrategy[Any]) -> None:
    settings(max_examples=EXAMPLES[kind])(given(**drawn)(check))()
