"""Laws of the ledger hold on each database."""

from tests.application.conftest import desk
from tests.laws.fresh import fresh

__all__ = ["desk", "fresh"]
