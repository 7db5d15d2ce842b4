"""Copies that are not what was written are refused, by the line, before anything of them is recorded."""

import io
from collections.abc import Callable
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.facts import FACTS
from domain.log.copying import examine
from domain.log.fact_lines import LONGEST, FactLines, LinesRefused
from tests.copies import copy_of, signed
from tests.log.recorded import HEAD
from tests.projections.recording import opened

Change = Callable[[list[bytes]], bytes]


@pytest.fixture
def octets(recorded: str) -> bytes:
    """A copy of a small log with sealed fields."""
    with closing(opened(recorded)) as log:
        return copy_of(log)


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Lines are the same from every database."""
    kind: str = request.param
    return kind


def read(octets: bytes) -> tuple[int, int, bool]:
    return examine(FactLines(io.BytesIO(octets)))


def test_a_copy_tells_how_many_facts_it_has_and_how_many_are_sealed(octets: bytes) -> None:
    assert read(octets) == (HEAD, 1, True)


def test_the_body_of_a_line_is_the_stored_one_byte_for_byte(recorded: str, octets: bytes) -> None:
    with closing(opened(recorded)) as log:
        rows = log.rows(0, HEAD)
    bodies = [line.partition(b'"body":')[2].removesuffix(b"}\n") for line in octets.splitlines(keepends=True)[1:-1]]
    assert bodies == [row.body for row in rows]


def test_a_copy_that_was_cut_is_known_wherever_it_was_cut(octets: bytes) -> None:
    first = octets.index(b"\n") + 1
    for length in range(len(octets)):
        if length < first:
            with pytest.raises(LinesRefused, match="the first line is missing"):
                read(octets[:length])
        else:
            facts, _, whole = read(octets[:length])
            assert (facts, whole) == (octets[first:length].count(b"\n"), False)


def test_a_copy_of_which_one_byte_was_changed_is_refused(octets: bytes) -> None:
    @settings(max_examples=400)
    @given(place=st.integers(0, len(octets) - 1), by=st.integers(1, 255))
    def example(place: int, by: int) -> None:
        changed = bytearray(octets)
        changed[place] ^= by
        try:
            whole = read(bytes(changed))[2]
        except LinesRefused:
            return
        assert not whole  # the end of the last line is gone: the copy counts as cut

    example()


CHANGES: dict[str, tuple[str, Change]] = {
    "two lines change places": (
        "line 3: position 3 does not follow 1",
        lambda lines: b"".join([*lines[:2], lines[3], lines[2], *lines[4:]]),
    ),
    "a line twice": (
        "line 4: position 2 does not follow 2",
        lambda lines: b"".join([*lines[:3], *lines[2:]]),
    ),
    "a line is missing": ("line 3: position 3 does not follow 1", lambda lines: b"".join([*lines[:2], *lines[3:]])),
    "another fact in its place": ("their digest differs", lambda lines: b"".join(lines).replace(b'"P-1"', b'"P-2"')),
    "something follows": ("something follows the last line", lambda lines: b"".join([*lines, b"{}"])),
    "not JSON": ("line 3: it is not a line of a copy of facts", lambda lines: b"".join([*lines[:2], b"once upon\n"])),
    "NUL": ("line 3: it is not a line", lambda lines: b"".join([*lines[:2], b"\0" * 9, *lines[2:]])),
    "no UTF-8": ("line 3: it is not a line", lambda lines: b"".join([*lines[:2], b"\xff" + lines[2]])),
    "nested without end": ("line 2: it is not a line", lambda lines: lines[0] + b"[" * 1_000_000 + b"\n"),
    "CRLF": (
        "line 2: it is not written as the log writes it",
        lambda lines: lines[0] + b"".join(lines[1:]).replace(b"\n", b"\r\n"),
    ),
    "a very long line": ("line 2: it is longer than", lambda lines: lines[0] + b" " * (LONGEST + 1) + b"\n"),
    "another format": (
        "the copy is of format 2; this version reads format 1",
        lambda lines: b"".join(lines).replace(b'"format":1', b'"format":2', 1),
    ),
    "another kind of file": ("line 1: it is not the first line", lambda _: b"id,serial\r\n"),
    "a list": ("line 1: it is not the first line", lambda _: b'{"end":0,"position":0}\n'),
    "a selection": (
        "line 1: the copy is a selection",
        lambda lines: b"".join(lines).replace(b"}\n", b',"only":{"type":["model.registered"]}}\n', 1),
    ),
    "nothing": ("the first line is missing", lambda _: b""),
    "a body of another format": (
        "line 2: format-unknown",
        lambda lines: signed([lines[0], lines[1].replace(b'"format":1', b'"format":2'), *lines[2:-1]]),
    ),
    "a body that is not canonical": (
        "line 2: the body is not as the log writes it",
        lambda lines: signed([lines[0], lines[1].replace(b'"format":1', b'"format": 1'), *lines[2:-1]]),
    ),
    "a body that names no fact": (
        "line 2: the body is not that of a fact",
        lambda lines: signed([lines[0], lines[1].partition(b'"body":')[0] + b'"body":{}}\n']),
    ),
    "a type that is not known": (
        "line 2: type-unknown",
        lambda lines: signed(
            [lines[0], lines[1].replace(b"organisation.registered", b"organisation.vanished"), *lines[2:-1]]
        ),
    ),
    "a newer version": (
        "line 2: does-not-load",
        lambda lines: signed([lines[0], lines[1].replace(b'"version":1', b'"version":99'), *lines[2:-1]]),
    ),
    "a personal field in the clear": (
        "line 3: personal-in-clear",
        lambda lines: signed([*lines[:2], _unsealed(lines[2]), *lines[3:-1]]),
    ),
    "recorded before the one before": (
        "line 3: it was recorded before the fact that stands before it",
        lambda lines: signed([*lines[:2], lines[2].replace(b'"recorded_at":"2', b'"recorded_at":"1'), *lines[3:-1]]),
    ),
    "fewer facts than told": (
        "tells of 8 facts up to position 8, not 7",
        lambda lines: b"".join([*lines[:-2], lines[-1]]),
    ),
}


def _unsealed(line: bytes) -> bytes:
    before, _, after = line.partition(b'"name":{')
    return before + b'"name":"Member 1"' + after[after.index(b"}}") + 2 :]


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_that_is_not_as_it_was_written_is_refused_by_the_line(octets: bytes, change: str) -> None:
    assert {"organisation.registered", "organisation.member_added"} <= FACTS.keys()
    why, made = CHANGES[change]
    with pytest.raises(LinesRefused) as refused:
        read(made(octets.splitlines(keepends=True)))
    assert why in str(refused.value)
    assert "Member 1" not in str(refused.value)
