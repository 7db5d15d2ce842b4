"""The detectors detect: each invariant passes on a sound history and fails on one that breaks it."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.log.contract import Head, Row
from tests.faults.invariants import (
    Operation,
    Place,
    Verdict,
    check_followed,
    check_kept,
    check_log,
    check_order,
    check_real_time,
    check_views,
)

ONE, TWO = UUID(int=1), UUID(int=2)


def row(position: int, stream: UUID = ONE, sequence: int | None = None, body: bytes = b"", at: int = 0) -> Row:
    sequence = position if sequence is None else sequence
    return Row(position, stream, "equipment", sequence, UUID(int=100 + position), "a.fact", 0, at or position, body)


def place(of: Row) -> Place:
    return Place(of.fact_key, of.stream, of.sequence, of.position)


def read(of: Row) -> tuple[UUID, object]:
    """In these histories a body is the number of the operation, and what it says."""
    number, said = of.body.split(b" ")
    return UUID(int=int(number)), said


ROWS = [row(1, body=b"1 a"), row(2, body=b"1 b"), row(3, TWO, 1, b"2 c")]
FIRST = Operation(ONE, (b"a", b"b"), 1.0, Verdict.OK, 2.0, (place(ROWS[0]), place(ROWS[1])))
SECOND = Operation(TWO, (b"c",), 3.0, Verdict.OK, 4.0, (place(ROWS[2]),))
HEAD = Head(3, 3)


def test_a_sound_history_passes() -> None:
    check_log([FIRST, SECOND], ROWS, HEAD, read)
    open_one = replace(SECOND, verdict=Verdict.UNKNOWN, places=())
    check_log([FIRST, open_one], ROWS, HEAD, read)
    check_log([FIRST, open_one], ROWS[:2], Head(2, 2), read)
    check_log([FIRST, replace(open_one, verdict=Verdict.REFUSED)], ROWS[:2], Head(2, 2), read)


@pytest.mark.parametrize(
    ("operations", "rows"),
    [
        ([FIRST, SECOND], ROWS[:2]),  # acknowledged and lost
        ([FIRST, SECOND], [*ROWS, row(4, TWO, 2, b"2 c")]),  # acknowledged and there twice
        ([FIRST, SECOND], [*ROWS[:2], row(3, TWO, 1, b"2 d")]),  # acknowledged, and other bytes
        ([FIRST, replace(SECOND, places=(place(ROWS[0]),))], ROWS),  # acknowledged elsewhere
        ([FIRST, replace(SECOND, verdict=Verdict.REFUSED)], ROWS),  # refused and there
        ([FIRST], ROWS),  # there and never asked for
        ([replace(FIRST, verdict=Verdict.UNKNOWN, places=())], ROWS[:1]),  # half of a batch
        (
            [replace(FIRST, verdict=Verdict.UNKNOWN, places=()), replace(SECOND, verdict=Verdict.UNKNOWN, places=())],
            [row(1, body=b"1 a"), row(2, TWO, 1, b"2 c"), row(3, ONE, 2, b"1 b")],  # a batch torn apart
        ),
    ],
)
def test_a_history_that_breaks_a_promise_does_not(operations: list[Operation], rows: list[Row]) -> None:
    with pytest.raises(AssertionError):
        check_log(operations, rows, Head(len(rows), len(rows)), read)


@pytest.mark.parametrize(
    ("rows", "head"),
    [
        ([row(1), row(3, sequence=2)], 3),  # a position is missing
        ([row(1), row(2, sequence=3)], 2),  # a sequence is missing
        ([row(1), row(2)], 3),  # the head is elsewhere
        ([row(1, at=5), row(2, at=4)], 2),  # recorded backwards
    ],
)
def test_gaps_are_found(rows: list[Row], head: int) -> None:
    with pytest.raises(AssertionError):
        check_order(rows, Head(head, 9))


def test_what_began_after_an_answer_and_stands_before_it_is_found() -> None:
    check_real_time([(FIRST, 1), (SECOND, 3)])
    check_real_time([(FIRST, 3), (replace(SECOND, started=1.5), 1)])  # at the same time: in any order
    with pytest.raises(AssertionError):
        check_real_time([(FIRST, 3), (SECOND, 1)])
    with pytest.raises(AssertionError):  # an open one began after the answer, too
        check_real_time([(FIRST, 3), (replace(SECOND, verdict=Verdict.UNKNOWN), 1)])


@pytest.mark.parametrize("seen", [ROWS[:2], [ROWS[0], *ROWS], [*ROWS[:2], row(3, TWO, 1, b"2 d")], ROWS[::-1]])
def test_a_subscriber_who_missed_something_or_saw_it_twice_is_found(seen: list[Row]) -> None:
    check_followed(list(ROWS), ROWS)
    with pytest.raises(AssertionError):
        check_followed(seen, ROWS)


def test_what_changed_since_the_last_fault_is_found() -> None:
    check_kept(ROWS[:2], ROWS)
    for after in (ROWS[:1], [row(1, body=b"1 x"), *ROWS[1:]]):
        with pytest.raises(AssertionError):
            check_kept(ROWS[:2], after)


def test_a_read_model_that_differs_from_its_rebuild_is_found() -> None:
    check_views({"registry": [1]}, {"registry": [1]})
    with pytest.raises(AssertionError):
        check_views({"registry": [1]}, {"registry": []})
