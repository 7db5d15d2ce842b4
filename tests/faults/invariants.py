"""What must hold after every fault, whatever it was: I1 to I7 and I9, on operations as those saw them who asked.

Each check raises AssertionError and says what is wrong. `test_invariants.py` shows that each of them can.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from domain.log.contract import Head, Row

_RECOVERY_SECONDS = 10.0


def recovery_seconds() -> float:
    """I9: within how many seconds everything works again, without a hand: more where others use the machine, too."""
    load, _, _ = os.getloadavg()
    return _RECOVERY_SECONDS * max(1.0, load / (os.cpu_count() or 1))


class Verdict(StrEnum):
    """What the caller of an operation knows of it."""

    OK = "ok"
    REFUSED = "refused"
    """A definite no: nothing of it may ever be on record."""
    UNKNOWN = "unknown"
    """The connection was lost, or the answer says that nobody knows."""


class Place(NamedTuple):
    """Where a fact was acknowledged to be."""

    fact_key: UUID
    stream: UUID
    sequence: int
    position: int


@dataclass(slots=True)
class Operation:
    """One operation: what it would record, and what its caller was told."""

    mark: UUID
    """Stands in every fact of it and in no other."""
    content: tuple[object, ...]
    """Everything it records, in order: all of it or nothing."""
    started: float = float("inf")
    verdict: Verdict = Verdict.UNKNOWN
    ended: float = float("inf")
    places: tuple[Place, ...] = ()
    """Where its facts are, if that was acknowledged."""


Read = Callable[[Row], tuple[UUID, object]]
"""Returns the mark and the content of a stored fact."""


def check_log(operations: Iterable[Operation], rows: Sequence[Row], head: Head, read: Read) -> None:
    """I1 to I5: a whole log against everything that was asked of it."""
    check_order(rows, head)
    found: defaultdict[UUID, list[tuple[Row, object]]] = defaultdict(list)
    for row in rows:
        mark, content = read(row)
        found[mark].append((row, content))
    known = {operation.mark: operation for operation in operations}
    strangers = found.keys() - known.keys()
    assert not strangers, f"nobody asked for {strangers}"
    for mark, operation in known.items():
        _check_operation(operation, found.get(mark, []))
    first = {mark: batch[0][0].position for mark, batch in found.items()}
    check_real_time([(known[mark], position) for mark, position in first.items()])


def check_order(rows: Sequence[Row], head: Head) -> None:
    """I4: positions and the sequences of every stream have no gap; times of recording never go back."""
    assert [row.position for row in rows] == list(range(1, len(rows) + 1)), "positions have a gap"
    assert head.position == len(rows), f"the head is at {head.position}, the last fact at {len(rows)}"
    versions: defaultdict[UUID, int] = defaultdict(int)
    for row in rows:
        versions[row.stream] += 1
        assert row.sequence == versions[row.stream], f"stream {row.stream} has a gap at {row.sequence}"
    moments = [row.recorded_at for row in rows]
    assert moments == sorted(moments), "times of recording go back"


def _check_operation(operation: Operation, batch: list[tuple[Row, object]]) -> None:
    """I1, I2, I3: an acknowledged one is there as acknowledged, a refused one is not, an unknown one whole or not."""
    places = tuple(Place(row.fact_key, row.stream, row.sequence, row.position) for row, _ in batch)
    if operation.verdict is Verdict.REFUSED:
        assert not batch, f"{operation.mark} was refused and is on record at {places}"
        return
    if operation.verdict is Verdict.OK:
        assert places == operation.places, f"acknowledged {operation.places}, on record {places}"
    if batch or operation.verdict is Verdict.OK:
        content = tuple(each for _, each in batch)
        assert content == operation.content, f"asked for {operation.content}, on record {content}"
    positions = [place.position for place in places]
    assert all(after == before + 1 for before, after in pairwise(positions)), f"torn apart: {positions}"


def check_real_time(recorded: Iterable[tuple[Operation, int]]) -> None:
    """I5: what was answered before something else began stands before it."""
    begun = sorted(recorded, key=lambda each: each[0].started)
    answered = sorted(
        ((each.ended, position) for each, position in begun if each.verdict is Verdict.OK), key=lambda each: each[0]
    )
    latest = number = 0
    for operation, position in begun:
        while number < len(answered) and answered[number][0] < operation.started:
            latest = max(latest, answered[number][1])
            number += 1
        assert position > latest, f"{operation.mark} at {position} began after {latest} was answered"


def check_kept(before: Sequence[Row], rows: Sequence[Row]) -> None:
    """I1, from one fault to the next: whatever was once on record still is, every byte of it."""
    assert list(before) == list(rows[: len(before)]), "what was on record has changed"


def check_followed(seen: Sequence[Row], rows: Sequence[Row]) -> None:
    """I6: a subscriber saw strictly increasing positions, all of them, and every fact as it is on record."""
    positions = [row.position for row in seen]
    assert all(after > before for before, after in pairwise(positions)), "a subscriber was led back"
    assert positions == [row.position for row in rows], "a subscriber missed facts, or saw some that are not there"
    assert list(seen) == list(rows), "a subscriber saw other facts than there are"


def check_views(live: Mapping[str, Sequence[object]], rebuilt: Mapping[str, Sequence[object]]) -> None:
    """I7: a live read model equals its fresh rebuild."""
    for name in live.keys() | rebuilt.keys():
        ours, fresh = live.get(name, ()), rebuilt.get(name, ())
        if ours != fresh:
            more, less = [row for row in ours if row not in fresh], [row for row in fresh if row not in ours]
            raise AssertionError(f"{name}: live alone {more[:5]}, rebuilt alone {less[:5]}")
