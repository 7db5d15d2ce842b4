"""Laws of the ledger hold on each database."""

from tests.application.conftest import desk
from tests.laws.fresh import fresh, fresh_others

__all__ = ["desk", "fresh", "fresh_others"]
