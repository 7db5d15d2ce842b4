"""Verification: does the log still say what was recorded, all of it and nothing else?

Everything is read once by position and once by (stream, sequence), in pages and in one snapshot: appends go on
meanwhile, and memory stays flat however long the log is. Kinds of facts must have been declared before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from domain.kernel.refusals import Unavailable
from domain.log.codec import FORMAT
from domain.log.contract import Head, Meta, Row
from domain.log.sweeps import (
    BEFORE_ALL_ENTRIES,
    BEFORE_ALL_PLACES,
    DRIVER_ERRORS,
    LEAST,
    SubjectEntry,
    Sweep,
    Unreadable,
    cause,
    sweep,
    tells_damage,
)
from domain.log.vault import Vault
from domain.log.verify_facts import (
    Fault,
    Finding,
    NotCanonical,
    document_of,
    entries_of,
    faults_of,
    sealed_fields,
)

__all__ = ["Fault", "Finding", "Progress", "Report", "Verdict", "verify", "verify_sweep"]

MOST_FINDINGS = 1_000
"""Findings that are named; the rest are counted."""

_PAGE = 1_000

Progress = Callable[[int, int], None]
"""Told how much of how much is done."""


class Verdict(IntEnum):
    """What verification comes to; the number is the exit code."""

    CLEAN = 0
    MANIPULATED = 1
    INCOMPLETE = 2
    """Nothing wrong was found, but not everything could be checked: keys are missing, or no vault was given."""
    NOT_RUN = 3


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found."""

    verdict: Verdict
    facts: int
    """How many facts were read."""
    head: Head | None
    """Up to where the log was verified."""
    findings: tuple[Finding, ...] = ()
    """The first of them, in the order of the sweeps."""
    more: int = 0
    """How many further findings are not named."""
    detail: str = ""
    """Why it is incomplete or was not run."""


def verify(url: str, vault: Vault | None, progress: Progress = lambda _done, _of: None) -> Report:
    """Verify a log against itself and its vault.

    Args:
        url: the log. It is only read.
        vault: opens every sealed field; without it those stay unchecked, and the verdict is never clean if any exist.
        progress: told after every page.
    """
    try:
        with sweep(url) as log:
            return verify_sweep(log, vault, progress)
    except Unreadable as error:
        return Report(Verdict.NOT_RUN, 0, None, detail=str(error))


def verify_sweep(log: Sweep, vault: Vault | None, progress: Progress = lambda _done, _of: None) -> Report:
    """Verify a log through an open snapshot; its first read tells whether there is a log at all."""
    audit = _Audit(log, vault, progress, log.metas())
    findings: list[Finding] = []
    more, manipulated, detail = 0, False, ""
    try:
        for finding in audit.findings():
            manipulated = manipulated or finding.fault is not Fault.KEY_MISSING
            if len(findings) < MOST_FINDINGS:
                findings.append(finding)
            else:
                more += 1
    except Unavailable:
        detail = "the vault stopped answering"
    except DRIVER_ERRORS as error:
        detail = f"the database broke off: {cause(error)}"
        if tells_damage(error):
            findings.append(Finding(Fault.DATABASE_DAMAGED, None, None, cause(error)))
            manipulated = True
    except Unreadable as error:
        detail = str(error)
    if audit.shut and not detail:
        detail = f"{audit.shut} sealed fields were not opened: no vault was given"
    if findings and not manipulated and not detail:
        detail = "the vault lacks keys"
    sound = Verdict.INCOMPLETE if detail else Verdict.CLEAN
    verdict = Verdict.MANIPULATED if manipulated else sound
    return Report(verdict, audit.facts, audit.head, tuple(findings), more, detail)


class _Audit:
    """One verification on its way. It holds a page at a time and a few numbers."""

    def __init__(self, log: Sweep, vault: Vault | None, progress: Progress, metas: list[Meta]) -> None:
        self._log, self._vault, self._progress, self._metas = log, vault, progress, metas
        self._heads = log.heads()
        self.head = self._heads[0] if self._heads else None
        self.facts, self.shut = 0, 0
        self._last = Head(0, LEAST)
        self._entries_found = 0

    def findings(self) -> Iterator[Finding]:
        """Yield every finding, sweep after sweep."""
        for text in self._log.damage():
            yield Finding(Fault.DATABASE_DAMAGED, None, None, text)
        if [meta.format for meta in self._metas] != [FORMAT]:
            yield Finding(Fault.LOG_UNNAMED, None, None, f"the log does not say once that it is of format {FORMAT}")
        yield from self._by_position()
        yield from self._end()
        yield from self._by_stream()
        yield from self._by_subject()

    def _by_position(self) -> Iterator[Finding]:
        after = LEAST
        while rows := self._log.rows(after, _PAGE):
            wanted: list[SubjectEntry] = []
            for row in rows:
                yield from self._order(row)
                try:
                    document = document_of(row.body)
                except NotCanonical as error:
                    yield Finding(Fault.BODY_NOT_CANONICAL, row.position, row.fact_key, f"the body: {error}")
                    continue
                yield from faults_of(row, document, self._vault)
                wanted += entries_of(row, document)
                if self._vault is None:
                    self.shut += len(sealed_fields(document))
            yield from self._missing_entries(wanted, {row.position: row.fact_key for row in rows})
            self.facts += len(rows)
            after = rows[-1].position
            self._tell(self.facts)

    def _order(self, row: Row) -> Iterator[Finding]:
        expected = self._last.position + 1
        if row.position != expected:
            gap = f"positions {expected} to {row.position - 1} are missing" if row.position > expected else "below 1"
            yield Finding(Fault.POSITION_GAP, row.position, row.fact_key, gap)
        if row.recorded_at < self._last.recorded_at:
            yield Finding(Fault.RECORDED_BACKWARDS, row.position, row.fact_key, "recorded before the fact before it")
        self._last = Head(max(row.position, 0), row.recorded_at)

    def _missing_entries(self, wanted: list[SubjectEntry], keys: dict[int, UUID]) -> Iterator[Finding]:
        missing = self._log.missing(wanted) if wanted else []
        for entry in missing:
            detail = f"the index of subjects does not lead from {entry.subject} to it"
            yield Finding(Fault.SUBJECT_MISSING, entry.position, keys[entry.position], detail)
        self._entries_found += len(wanted) - len(missing)

    def _end(self) -> Iterator[Finding]:
        last = self._last if self.facts else Head(0, 0)
        if len(self._heads) != 1:
            yield Finding(Fault.HEAD_DIFFERS, last.position, None, "the log does not have exactly one head")
        elif self._heads[0] != last:
            detail = f"the head stands at position {self._heads[0].position}, the last fact at {last.position}"
            if self._heads[0].position == last.position:
                detail = "the head and the last fact give different times of recording"
            yield Finding(Fault.HEAD_DIFFERS, last.position, None, detail)
        for first in self._log.answers_beyond(last.position, _PAGE):
            yield Finding(Fault.ANSWER_BEYOND_HEAD, first, None, "an answered request speaks of facts beyond the end")

    def _by_stream(self) -> Iterator[Finding]:
        """Sweep the unique index over (stream, sequence): one stream after the other, each from its first fact."""
        before, done = BEFORE_ALL_PLACES, 0
        while places := self._log.places(before, _PAGE):
            for place in places:
                same = place.stream == before.stream and before is not BEFORE_ALL_PLACES
                expected = before.sequence + 1 if same else 1
                if place.sequence != expected:
                    detail = f"stream {place.stream}: {place.sequence} stands where {expected} should"
                    yield self._at(Fault.SEQUENCE_GAP, place.position, detail)
                if same and place.position < before.position:
                    detail = f"stream {place.stream}: sequence {place.sequence} was recorded before the one before it"
                    yield self._at(Fault.STREAM_OUT_OF_ORDER, place.position, detail)
                before = place
            done += len(places)
            self._tell(self.facts + done)

    def _by_subject(self) -> Iterator[Finding]:
        """Name the entries that no body founds; if all that must be there are, a count tells whether there are any."""
        if self._log.entry_count() == self._entries_found:
            return
        after = BEFORE_ALL_ENTRIES
        while entries := self._log.entries(after, _PAGE):
            rows = self._log.rows_at([entry.position for entry in entries])
            for entry in entries:
                row = rows.get(entry.position)
                if row is None or not _founds(row, entry):
                    detail = f"the index of subjects leads here from {entry.subject}, the fact does not name it"
                    yield Finding(Fault.SUBJECT_UNFOUNDED, entry.position, row and row.fact_key, detail)
            after = entries[-1]

    def _at(self, fault: Fault, position: int, detail: str) -> Finding:
        row = self._log.rows_at([position]).get(position)
        return Finding(fault, position, row and row.fact_key, detail)

    def _tell(self, done: int) -> None:
        self._progress(done, max(done, 2 * (self.head.position if self.head else 0)))


def _founds(row: Row, entry: SubjectEntry) -> bool:
    """Return whether a fact names the subject; one whose body cannot be read has its own finding."""
    try:
        return entry in entries_of(row, document_of(row.body))
    except NotCanonical:
        return True
