"""Verification of one stored fact: its bytes, its columns, its meaning and its seals."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from domain.kernel.facts import FACTS
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from domain.log.codec import FORMAT, SEALED, Place, canonical, decode
from domain.log.contract import Row
from domain.log.sweeps import SubjectEntry
from domain.log.vault import Gone, SealBroken, Vault, WrappingKeyMissing, WrappingKeyWrong


class Fault(StrEnum):
    """What can be wrong with a log."""

    DATABASE_DAMAGED = "database-damaged"
    LOG_UNNAMED = "log-unnamed"
    POSITION_GAP = "position-gap"
    RECORDED_BACKWARDS = "recorded-backwards"
    SEQUENCE_GAP = "sequence-gap"
    STREAM_OUT_OF_ORDER = "stream-out-of-order"
    HEAD_DIFFERS = "head-differs"
    ANSWER_BEYOND_HEAD = "answer-beyond-head"
    BODY_NOT_CANONICAL = "body-not-canonical"
    FORMAT_UNKNOWN = "format-unknown"
    ID_DIFFERS = "id-differs"
    TYPE_DIFFERS = "type-differs"
    STREAM_DIFFERS = "stream-differs"
    OCCURRED_AT_DIFFERS = "occurred-at-differs"
    TYPE_UNKNOWN = "type-unknown"
    DOES_NOT_LOAD = "does-not-load"
    SUBJECT_MISSING = "subject-missing"
    SUBJECT_UNFOUNDED = "subject-unfounded"
    PERSONAL_IN_CLEAR = "personal-in-clear"
    SEALED_FOR_ANOTHER = "sealed-for-another"
    SEAL_BROKEN = "seal-broken"
    KEY_MISSING = "key-missing"


class Finding(NamedTuple):
    """One fault, where it is, and what was found. Nothing personal is repeated."""

    fault: Fault
    position: int | None
    fact: UUID | None
    detail: str


class NotCanonical(ValueError):  # noqa: N818  a sentence, as refusals are
    """A document that the log would never have written."""


_LONG_NUMBER = re.compile(rb"[:,\[]-?[0-9]{16}")
_BEYOND_EXACT = 2**53


def _refuse_float(_written: str) -> float:
    raise NotCanonical("it holds a floating-point number")


_decode_document = msgspec.json.Decoder(float_hook=_refuse_float).decode


def document_of(body: bytes) -> dict[str, Any]:
    """Return a stored body as a document.

    Raises:
        NotCanonical: encoding it again would not give these bytes.
    """
    try:
        document = _decode_document(body)
        if not isinstance(document, dict) or canonical(document) != body:
            raise NotCanonical("encoding it again gives other bytes")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotCanonical("it is not JSON") from None
    if _LONG_NUMBER.search(body) and _too_large(document):
        raise NotCanonical("it holds an integer beyond 2^53")
    return document


def entries_of(row: Row, document: Mapping[str, Any]) -> list[SubjectEntry]:
    """Return the entries that the index of subjects must have for a fact."""
    named = document.get("subjects")
    refs = [_ref(each) for each in named if isinstance(each, str)] if isinstance(named, list) else []
    subjects = {ref.id for ref in refs if ref and ref != StreamRef(row.kind, row.stream)}
    return [SubjectEntry(subject, row.occurred_at, row.position) for subject in sorted(subjects)]


def faults_of(row: Row, document: Mapping[str, Any], vault: Vault | None) -> Iterator[Finding]:
    """Yield what is wrong with a fact whose body is canonical. Without a vault, seals stay shut."""

    def finding(fault: Fault, detail: str) -> Finding:
        return Finding(fault, row.position, row.fact_key, detail)

    if document.get("format") != FORMAT:
        yield finding(Fault.FORMAT_UNKNOWN, f"the body is not of format {FORMAT}")
        return
    if document.get("id") != str(row.fact_key):
        yield finding(Fault.ID_DIFFERS, "body and column name different ids")
    if document.get("stream") != f"{row.kind}:{row.stream}":
        yield finding(Fault.STREAM_DIFFERS, "body and columns name different streams")
    if _micros(document.get("occurred_at")) != row.occurred_at:
        yield finding(Fault.OCCURRED_AT_DIFFERS, "body and column give different times")
    if document.get("type") != row.type:
        yield finding(Fault.TYPE_DIFFERS, f"the body says another type than the column's {row.type!r}")
    elif row.type not in FACTS:
        yield finding(Fault.TYPE_UNKNOWN, f"{row.type!r} is not a kind of fact")
    else:
        if why := _why_not_loading(row):
            yield finding(Fault.DOES_NOT_LOAD, why)
        for fault, detail in _sealing(row, document, vault):
            yield finding(fault, detail)


def sealed_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands sealed in a body, by the name of its field."""
    data = document.get("data")
    fields = data.items() if isinstance(data, dict) else ()
    return {name: value for name, value in fields if isinstance(value, dict) and SEALED in value}


def _sealing(row: Row, document: Mapping[str, Any], vault: Vault | None) -> Iterator[tuple[Fault, str]]:
    sealed, declared = sealed_fields(document), FACTS[row.type]
    data = document["data"] if isinstance(document.get("data"), dict) else {}
    if document.get("version") == declared.version:
        for field in declared.personal:
            if field.name in data and field.name not in sealed:
                yield Fault.PERSONAL_IN_CLEAR, f"the personal field {field.name!r} is not sealed"
            elif field.name in sealed and field.personal:
                holder = sealed[field.name][SEALED]
                if not isinstance(holder, dict) or holder.get("s") != data.get(field.personal.subject):
                    yield Fault.SEALED_FOR_ANOTHER, f"{field.name!r} is sealed for another subject than the fact names"
    for name, value in sealed.items():
        place = Place(f"{row.kind}:{row.stream}", row.fact_key, name)
        if vault and (found := _opening(vault, value, place)):
            yield found


def _opening(vault: Vault, value: dict[str, Any], place: Place) -> tuple[Fault, str] | None:
    if len(value) != 1:
        return Fault.SEAL_BROKEN, f"{place.path!r} holds more than what was sealed"
    try:
        if vault.read(value[SEALED], place) is Gone.UNKNOWN:
            return Fault.KEY_MISSING, f"the vault has no key for {place.path!r}, and none was destroyed"
    except SealBroken:
        return Fault.SEAL_BROKEN, f"{place.path!r} was changed, or was not sealed here"
    except (WrappingKeyMissing, WrappingKeyWrong) as error:
        return Fault.KEY_MISSING, f"the key for {place.path!r} cannot be used: {error}"
    return None


def _why_not_loading(row: Row) -> str | None:
    try:
        decode(row)
    except Exception as error:  # noqa: BLE001  whatever an upcast or a decoder raises: the fact does not load
        # The error's own text may repeat stored values.
        return f"it does not become a {row.type!r}: {type(error).__name__}"
    return None


def _micros(written: object) -> int | None:
    try:
        moment = msgspec.convert(written, datetime)
    except msgspec.ValidationError:
        return None
    return to_micros(moment) if moment.tzinfo else None


@lru_cache(maxsize=65_536)
def _ref(written: str) -> StreamRef | None:
    kind, _, text = written.partition(":")
    try:
        return StreamRef(kind, UUID(text))
    except ValueError:
        return None


def _too_large(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) >= _BEYOND_EXACT
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_too_large(member) for member in members if not isinstance(member, str))
