"""Service bulletins and recalls of a maker. Names and fields of facts are a file format: add, never edit."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from domain.equipment.refusals import BulletinAlreadyIssued, BulletinNotInForce, BulletinNotIssued
from domain.equipment.terms import ManufacturerId, ModelId, Reason
from domain.kernel.facts import event
from domain.kernel.ids import normal_text
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.streams import StreamKind, stream_kind

BulletinNumber = Annotated[str, Length(1, 100), Meaning("Number of the bulletin, by its maker."), Example("SB-2026-07")]
BulletinTitle = Annotated[
    str, Length(1, 100), Meaning("What the bulletin asks for, as a code."), Example("replace-relief-valve")
]
ModelsConcerned = Annotated[
    tuple[ModelId, ...], Length(1, 100), Meaning("The models whose items the bulletin concerns, all of one maker.")
]
MandatoryBy = Annotated[
    date,
    Meaning("Last day, in UTC, on which it is to be applied to every item; none: it is not mandatory."),
    Example("2026-12-31"),
]
SerialFrom = Annotated[
    str,
    Length(1, 100),
    Meaning("First serial number that it concerns: a shorter number is before a longer one. None: from the first."),
    Example("PX-2024-00001"),
]
SerialTo = Annotated[
    str,
    Length(1, 100),
    Meaning("Last serial number that it concerns: a longer number is after a shorter one. None: all that follow."),
    Example("PX-2024-00500"),
]


@event("bulletin.issued")
class BulletinIssued:
    """The maker asks that something be done to items of its models, or recalls them."""

    number: BulletinNumber
    kind: Annotated[str, Meaning("What it is: service, or recall where safety demands it."), Example("service")]
    title: BulletinTitle
    manufacturer_id: ManufacturerId
    models: ModelsConcerned
    mandatory_by: MandatoryBy | None = None
    serial_from: SerialFrom | None = None
    serial_to: SerialTo | None = None


@event("bulletin.withdrawn")
class BulletinWithdrawn:
    """The maker no longer asks for it; what was done by it stays done."""

    reason: Reason


BulletinFact = BulletinIssued | BulletinWithdrawn


@dataclass(frozen=True, kw_only=True)
class Bulletin:
    """The state of one bulletin: what was issued, and whether it was withdrawn; or nothing yet."""

    issued: BulletinIssued | None = None
    withdrawn: BulletinWithdrawn | None = None

    def concerns(self, model: UUID | None, serial: str | None) -> bool:
        """Return whether it is about items of a model with a serial number."""
        issued = self.issued
        if issued is None or model not in issued.models:
            return False
        place = serial_place(serial or "")
        first, last = issued.serial_from, issued.serial_to
        return not (
            (first is not None and place < serial_place(first)) or (last is not None and place > serial_place(last))
        )


def serial_place(serial: str) -> tuple[int, str]:
    """Return where a serial number stands among those of its maker: PX-9 before PX-10."""
    normal = normal_text(serial)
    return len(normal), normal


def evolve(bulletin: Bulletin, fact: BulletinFact, _at: datetime) -> Bulletin:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case BulletinIssued():
            return changed(bulletin, issued=fact)
        case BulletinWithdrawn():
            return changed(bulletin, withdrawn=fact)


def check(bulletin: Bulletin, fact: BulletinFact, _at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the bulletin now, or None."""
    match fact:
        case BulletinIssued():
            return BulletinAlreadyIssued() if bulletin.issued else None
        case BulletinWithdrawn() if bulletin.issued is None:
            return BulletinNotIssued()
        case BulletinWithdrawn() if bulletin.withdrawn:
            return BulletinNotInForce()
        case _:
            return None


BULLETIN = stream_kind(
    StreamKind("bulletin", Bulletin(), evolve, check, begun=lambda bulletin: bulletin.issued is not None)
)
