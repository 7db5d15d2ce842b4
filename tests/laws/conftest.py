"""Laws of the ledger hold on each database."""

from tests.application.conftest import desk

__all__ = ["desk"]
