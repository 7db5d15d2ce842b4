"""Fixtures of read models: a log with an engine beside it, and databases in number."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from domain.log.log import Log
from projections.engine import Engine
from projections.read_models import READ_MODELS
from projections.views import views_url


@pytest.fixture
def engine(log: Log, database_url: str) -> Iterator[Engine]:
    made = Engine(log, views_url(database_url), READ_MODELS, batch=3)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def queries(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that readers run, with their values."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.extend([] if statement == "BEGIN" else [(statement, values)])

    event.listen(engine.views.engines[1], "before_cursor_execute", note)
    yield seen
    event.remove(engine.views.engines[1], "before_cursor_execute", note)


@pytest.fixture
def copy_of(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes a copy of a database that nobody has open, as a backup would."""
    if database_kind == "sqlite":

        def copy(url: str) -> str:
            target = tmp_path / "copy" / "aftercare.db"
            target.parent.mkdir()
            target.write_bytes(Path(url.removeprefix("sqlite:///")).read_bytes())
            return f"sqlite:///{target}"

        return copy
    server = request.getfixturevalue("postgres")
    return lambda url: str(server.create_database(url))
