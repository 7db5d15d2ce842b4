"""What a test declares for itself is forgotten after it."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from domain.kernel import commands, facts


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Put the registries back as they were."""
    with (
        patch.dict(facts.FACTS),
        patch.dict(facts._UPCASTS),
        patch.dict(facts._FORMER),
        patch.dict(commands.COMMANDS),
        patch.dict(commands.TOLD_BY),
    ):
        yield
