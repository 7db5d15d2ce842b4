"""Recording entries: through the ledger, several lanes at a time, each entry exactly once for ever."""

import threading
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from api.importing.entries import Entry, Finding, Place, Planned
from domain.application.receipts import Receipt
from domain.kernel.envelope import Provenance
from domain.kernel.moments import to_micros
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import decode, fact_id_of
from domain.log.contract import Row

LANES_AT_ONCE = 8
"""So many lanes share a group commit; more wait for the same interpreter."""
_KEYS_AT_ONCE = 500

ByKeys = Callable[[Sequence[UUID]], dict[UUID, Row]]
Execute = Callable[[Entry], Receipt]


class Fate(StrEnum):
    """What became of an entry."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    REFUSED = "refused"


class Outcome(NamedTuple):
    """What became of an entry, how many facts it added, and why it was refused, if it was."""

    entry: Entry
    fate: Fate
    facts: int = 0
    finding: Finding | None = None


def record(
    lanes: Sequence[Sequence[Planned]], execute: Execute, by_keys: ByKeys, told: Callable[[Outcome], None]
) -> None:
    """Record what is planned: each lane in its order, lanes side by side.

    A refusal is one entry's own; the others go on. Whatever is on record already, fact for fact, is a repeat.

    Args:
        lanes: each lane's entries rest on nothing in other lanes.
        execute: gives one entry to the ledger.
        by_keys: finds facts on record by their ids.
        told: hears of every entry, from one thread at a time.

    Raises:
        Unavailable: the store cannot take more; what was recorded stays, and a second run records the rest.
    """

    def run(lane: Sequence[Planned], tell: Callable[[Outcome], None]) -> None:
        known = same_on_record(lane, by_keys)
        for planned in lane:
            tell(_outcome(planned.entry, known, execute))

    _side_by_side(run, lanes, told)


def record_once(
    lanes: Sequence[Sequence[Entry]], execute: Execute, by_keys: ByKeys, told: Callable[[Outcome], None]
) -> None:
    """Record entries that always say the same under the same id: what is begun is a repeat. Else as `record`."""

    def run(lane: Sequence[Entry], tell: Callable[[Outcome], None]) -> None:
        known = begun(lane, by_keys)
        for entry in lane:
            tell(_outcome(entry, known, execute))

    _side_by_side(run, lanes, told)


def _side_by_side(
    run: Callable[[Sequence[Any], Callable[[Outcome], None]], None],
    lanes: Sequence[Sequence[Any]],
    told: Callable[[Outcome], None],
) -> None:
    """Run lanes in threads; the first trouble of one ends all."""
    guard, stop = threading.Lock(), threading.Event()

    def tell(outcome: Outcome) -> None:
        with guard:
            told(outcome)
        if stop.is_set():
            raise _Stopped

    with ThreadPoolExecutor(LANES_AT_ONCE, "import") as pool:
        lives = [pool.submit(run, lane, tell) for lane in lanes]
        try:
            for life in lives:
                life.result()
        except BaseException:
            stop.set()
            for life in lives:
                life.cancel()
            raise


class _Stopped(Exception):  # noqa: N818  another lane met the trouble that is told
    """The recording ends here."""


def _outcome(entry: Entry, known: Container[Provenance], execute: Execute) -> Outcome:
    return Outcome(entry, Fate.REPEATED) if entry.source in known else _given(entry, execute)


def _given(entry: Entry, execute: Execute) -> Outcome:
    try:
        receipt = execute(entry)
    except Refusal as refusal:
        place = entry.place or Place(entry.source.id, 0)
        return Outcome(entry, Fate.REFUSED, 0, Finding(place, refusal.code, refusal.detail))
    if receipt.replayed or not receipt.facts:
        return Outcome(entry, Fate.REPEATED)
    return Outcome(entry, Fate.RECORDED, len(receipt.facts))


def same_on_record(lane: Sequence[Planned], by_keys: ByKeys) -> set[Provenance]:
    """Return the sources of the entries all of whose facts stand in the log, the same in every part."""
    keys = (fact_id_of(planned.entry.source, index) for planned in lane for index in range(len(planned.facts)))
    rows = _rows_of(keys, by_keys)
    return {planned.entry.source for planned in lane if planned.facts and _is_recorded(planned, rows)}


def begun(lane: Sequence[Entry], by_keys: ByKeys) -> set[Provenance]:
    """Return the sources of the entries whose first fact stands in the log: the others of it do too."""
    rows = _rows_of((fact_id_of(entry.source, 0) for entry in lane), by_keys)
    return {entry.source for entry in lane if fact_id_of(entry.source, 0) in rows}


def _rows_of(keys: Iterator[UUID], by_keys: ByKeys) -> dict[UUID, Row]:
    rows: dict[UUID, Row] = {}
    while some := list(islice(keys, _KEYS_AT_ONCE)):
        rows |= by_keys(some)
    return rows


def _is_recorded(planned: Planned, rows: dict[UUID, Row]) -> bool:
    at = to_micros(planned.entry.occurred_at)
    for index, (stream, fact) in enumerate(planned.facts):
        row = rows.get(fact_id_of(planned.entry.source, index))
        if row is None or (StreamRef(row.kind, row.stream), row.occurred_at) != (stream, at):
            return False
        if decode(row).fact != fact:
            return False
    return True
