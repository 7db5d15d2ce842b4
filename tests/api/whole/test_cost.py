"""How many statements a question costs, however many items are on record."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from tests.api.whole.story import Story


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count the statements on the read models; the log is read by its own store."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/equipment?limit=50", 1),
        ("/v1/equipment?limit=50&count=true", 3),
        ("/v1/models", 2),
        ("/v1/organisations", 2),
        ("/v1/equipment/{item}/history", 4),
        ("/v1/equipment/{item}/diff?from=2024-01-03T00:00:00Z", 3),
        ("/v1/equipment/diff?from=2024-01-03T00:00:00Z&limit=50", 3),
        ("/v1/equipment/diff?from=2024-01-03T00:00:00Z&limit=50&count=true", 4),
        ("/v1/equipment/{item}", 0),
    ],
)
def test_a_question_costs_a_bounded_number_of_statements(story: Story, path: str, most: int) -> None:
    item = story.item("PX-0")
    for number in range(1, 6):
        story.item(f"PX-{number}", steps=2)
    story.followed()
    address = path.format(item=item)
    story.administrator.get(address)  # the key is known from now on
    with counted() as statements:
        answer = story.administrator.get(address)
    assert answer.status_code == 200
    assert len(statements) == most, statements
