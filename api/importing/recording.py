"""Recording entries: through the ledger, several lanes at a time, each entry exactly once for ever."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from itertools import islice
from typing import NamedTuple
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
    guard, stop = threading.Lock(), threading.Event()

    def run(lane: Sequence[Planned]) -> None:
        known = on_record(lane, by_keys)
        for planned in lane:
            if stop.is_set():
                return
            outcome = (
                Outcome(planned.entry, Fate.REPEATED)
                if planned.entry.source in known
                else _given(planned.entry, execute)
            )
            with guard:
                told(outcome)

    with ThreadPoolExecutor(LANES_AT_ONCE, "import") as pool:
        try:
            for done in [pool.submit(run, lane) for lane in lanes]:
                done.result()
        except BaseException:
            stop.set()
            raise


def _given(entry: Entry, execute: Execute) -> Outcome:
    try:
        receipt = execute(entry)
    except Refusal as refusal:
        place = entry.place or Place(entry.source.id, 0)
        return Outcome(entry, Fate.REFUSED, 0, Finding(place, refusal.code, refusal.detail))
    if receipt.replayed or not receipt.facts:
        return Outcome(entry, Fate.REPEATED)
    return Outcome(entry, Fate.RECORDED, len(receipt.facts))


def on_record(lane: Sequence[Planned], by_keys: ByKeys) -> set[Provenance]:
    """Return the sources of the entries all of whose facts stand in the log, the same in every part."""
    rows: dict[UUID, Row] = {}
    keys = (fact_id_of(planned.entry.source, index) for planned in lane for index in range(len(planned.facts)))
    for some in _batches(keys):
        rows |= by_keys(some)
    return {planned.entry.source for planned in lane if planned.facts and _is_recorded(planned, rows)}


def _is_recorded(planned: Planned, rows: dict[UUID, Row]) -> bool:
    at = to_micros(planned.entry.occurred_at)
    for index, (stream, fact) in enumerate(planned.facts):
        row = rows.get(fact_id_of(planned.entry.source, index))
        if row is None or (StreamRef(row.kind, row.stream), row.occurred_at) != (stream, at):
            return False
        if decode(row).fact != fact:
            return False
    return True


def _batches(keys: Iterator[UUID]) -> Iterator[list[UUID]]:
    while some := list(islice(keys, _KEYS_AT_ONCE)):
        yield some
