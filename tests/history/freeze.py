"""Adds a frozen sample of every kind of fact that has none yet: `python -m tests.history.freeze`.

A sample is a stored body, byte for byte. It is never written again: what is in it may be on record somewhere.
"""

import hashlib
import pkgutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import api
from domain import declared
from domain.kernel.envelope import Caller, Provenance
from domain.kernel.facts import FactType
from domain.kernel.fields import Plain, Shape
from domain.kernel.marks import Example
from domain.kernel.refusals import REFUSALS, Refusal, Unavailable
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, Place, encode

FOLDER = Path(__file__).parent
MANIFEST = FOLDER / "MANIFEST"
CODES = FOLDER / "refusal_codes.txt"
_COMMAND_LINE = "api.cli"
"""What the command line says to the person in front of it is not frozen."""

_IDS = UUID("5b0e5c8e-7a55-5d8a-8f5e-0f6f4f1b2a10")
_OCCURRED_AT = datetime(2024, 2, 29, 23, 59, 59, 120_000, timezone(timedelta(hours=5, minutes=45)))
_CALLER = Caller(
    actor=uuid5(_IDS, "actor"),
    organisation=uuid5(_IDS, "organisation"),
    correlation=uuid5(_IDS, "correlation"),
    causation=uuid5(_IDS, "causation"),
)


class PlainSeals:
    """A sealer of samples: the same seal for every text, and a text by which its place is told."""

    def seal(self, subject: UUID, _text: str, _place: Place) -> dict[str, Any]:
        """Return a seal that never changes."""
        return {"s": subject, "k": 1, "n": "AAAAAAAAAAAAAAAA", "c": "c2VhbGVkIGZvciBldmVy"}

    def open(self, sealed: dict[str, Any], place: Place) -> str:
        """Return which field of whom was sealed."""
        return f"{place.path} of {sealed['s']}"


def sample_path(name: str, version: int) -> Path:
    """Return where the sample of a fact in one version stands."""
    return FOLDER / f"{name}.v{version}.json"


def sample(fact: FactType) -> bytes:
    """Return a stored body of the fact in its present version, every field filled."""
    made = fact.cls(**{field.name: _value(field.shape, f"{fact.name}/{field.name}") for field in fact.fields})
    draft = Draft(
        stream=StreamRef(fact.name.partition(".")[0], uuid5(_IDS, fact.name)),
        fact=made,
        occurred_at=_OCCURRED_AT,
        fact_id=uuid5(_IDS, f"{fact.name}.v{fact.version}"),
        source=Provenance(source="urn:example:factory", id="\N{LATIN CAPITAL LETTER AE}-1"),
        reason="late-entry",
    )
    return encode(draft, _CALLER, PlainSeals()).body


def freeze() -> list[Path]:
    """Write what is missing: samples, and codes of refusals; return the new samples."""
    added = []
    for name, fact in declared.facts().items():
        path = sample_path(name, fact.version)
        if not path.exists():
            with path.open("xb") as file:
                file.write(sample(fact))
            with MANIFEST.open("a", encoding="utf-8") as manifest:
                manifest.write(f"{digest(path)}  {path.name}\n")
            added.append(path)
    known = CODES.read_text(encoding="utf-8").split() if CODES.exists() else []
    with CODES.open("a", encoding="utf-8") as file:
        file.writelines(f"{code}\n" for code in sorted(codes() - set(known)))
    return added


def codes() -> set[str]:
    """Return the codes of all that the domain and the interface may answer instead of a receipt."""
    declared.refusals()
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if not module.name.startswith(_COMMAND_LINE):
            import_module(module.name)
    answers: list[type[Refusal | Unavailable]] = [*REFUSALS.values(), *_kinds_of(Unavailable)]
    return {
        answer.code
        for answer in answers
        if answer.__module__.startswith(("domain.", "api.")) and not answer.__module__.startswith(_COMMAND_LINE)
    }


def _kinds_of(cls: type[Unavailable]) -> Iterator[type[Unavailable]]:
    yield cls
    for kind in cls.__subclasses__():
        yield from _kinds_of(kind)


def manifest() -> dict[str, str]:
    """Return the digest of every sample by the name of its file."""
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    return {name: written for written, _, name in (line.partition("  ") for line in lines)}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _value(shape: Shape, path: str) -> Any:
    """Return a value that says little and never changes; two members in a list, so that their order shows."""
    if shape.plain is Plain.LIST:
        return tuple(_value(shape.inside[0], f"{path}/{index}") for index in range(2))
    if shape.plain is Plain.PAIR:
        return tuple(_value(inside, f"{path}/{index}") for index, inside in enumerate(shape.inside))
    example = shape.mark(Example)
    return {
        Plain.TEXT: example.value if example else f"Text \N{CYRILLIC SMALL LETTER ZHE} of {path}",
        Plain.INTEGER: 2**53 - 1,
        Plain.DECIMAL: Decimal("1250.50"),
        Plain.BOOLEAN: True,
        Plain.DATE: date(2024, 2, 29),
        Plain.MOMENT: datetime(2024, 2, 29, 12, 30, 0, 1, UTC),
        Plain.ID: uuid5(_IDS, path),
    }[shape.plain]


if __name__ == "__main__":
    for new in freeze():
        sys.stdout.write(f"{new.name}\n")
