"""Laws of the ledger hold on each database."""

from collections.abc import Iterator

import pytest

from tests.application.conftest import desk
from tests.laws.fresh import fresh, fresh_others
from tests.projections.recording import OPENED

__all__ = ["desk", "fresh", "fresh_others"]


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """Close the logs that an example left open: a law that is broken is told, and the run ends."""
    yield
    for log in list(OPENED):
        log.close()
