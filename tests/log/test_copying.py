"""Copies that are recorded in a log that is not empty: gone on with, or refused where they differ."""

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest

from domain.log import copying
from domain.log.copying import CopyRefused
from domain.log.log import Log
from tests.copies import copy_of, lasting, record, signed
from tests.laws.fresh import Fresh
from tests.log.proposals import fact, proposal
from tests.log.recorded import HEAD
from tests.projections.recording import opened


@pytest.fixture
def octets(recorded: str) -> bytes:
    """A copy of a small log."""
    with closing(opened(recorded)) as log:
        return copy_of(log)


@pytest.fixture
def other(fresh_others: Fresh) -> Iterator[Log]:
    """Another log, which is empty, in a database of the other kind."""
    with closing(opened(fresh_others())) as log:
        yield log


@pytest.fixture
def by_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record two facts at once."""
    monkeypatch.setattr(copying, "PAGE", 2)


class StoppedError(Exception):
    """The process is gone."""


@pytest.mark.usefixtures("by_twos")
@pytest.mark.parametrize("stop", [2, 4, 6])
def test_a_copy_that_was_stopped_is_gone_on_with(octets: bytes, other: Log, stop: int) -> None:
    def stopping(so_far: copying.Copied) -> None:
        if sum(so_far) == stop:
            raise StoppedError

    with pytest.raises(StoppedError):
        record(other, octets, stopping)
    assert other.head().position == stop
    assert record(other, octets) == (stop, HEAD - stop)
    assert record(other, octets) == (HEAD, 0)


@pytest.mark.usefixtures("by_twos")
def test_facts_of_another_log_are_refused_by_their_position(octets: bytes, other: Log) -> None:
    lines = octets.splitlines(keepends=True)
    record(other, signed(lines[:4]))
    changed = signed([*lines[:3], lines[3].replace(b'"P-1"', b'"P-2"'), *lines[4:-1]])
    before = lasting(other)
    with pytest.raises(CopyRefused, match="position 3 is another fact than line 4 of the copy"):
        record(other, changed)
    assert lasting(other) == before


def test_a_shorter_copy_of_the_same_log_changes_nothing(octets: bytes, other: Log) -> None:
    record(other, octets)
    assert record(other, signed(octets.splitlines(keepends=True)[:4])) == (3, 0)


def test_a_sequence_that_does_not_follow_and_an_id_that_is_there_are_refused(octets: bytes, other: Log) -> None:
    lines = octets.splitlines(keepends=True)
    late = [lines[0], lines[1].replace(b'"sequence":1', b'"sequence":2')]
    with pytest.raises(CopyRefused, match="line 2 has sequence 2, but its stream is at version 0"):
        record(other, signed(late))
    gap = [*lines[:2], lines[2].replace(b'"sequence":2', b'"sequence":3')]
    with pytest.raises(CopyRefused, match="line 3 has sequence 3 after 1"):
        record(other, signed(gap))
    again = lines[1].replace(b'"position":1,"sequence":1', b'"position":2,"sequence":2')
    with pytest.raises(CopyRefused, match="line 3 repeats a fact"):
        record(other, signed([*lines[:2], again]))
    assert other.head().position == 0


@pytest.mark.usefixtures("by_twos")
def test_facts_that_others_record_meanwhile_end_it(octets: bytes, other: Log) -> None:
    append = other.append

    def late(asked: object) -> object:
        if other.head().position == 2:
            append(proposal(fact(uuid4())))
        return append(asked)  # type: ignore[arg-type]

    other.append = late  # type: ignore[assignment, method-assign]
    with pytest.raises(CopyRefused, match="other facts were recorded behind position 2"):
        record(other, octets)
    assert other.head().position == 3
