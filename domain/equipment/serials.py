"""Serial numbers: each is reserved once for its manufacturer, by a stream whose id follows from both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.equipment.terms import Serial
from domain.kernel.facts import event
from domain.kernel.ids import reservation_id
from domain.kernel.marks import Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamKind, StreamRef, stream_kind


@event("serial.reserved")
class SerialReserved:
    """The manufacturer's serial number belongs to this item from now on."""

    serial: Serial
    equipment_id: Annotated[UUID, Meaning("The item that bears the serial number.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialNumber:
    """The state of one serial number of one manufacturer: which item bears it."""

    bearer: UUID | None = None
    former: tuple[UUID, ...] = ()
    """Items for which it was reserved before: one bears it again if what freed it is itself declared wrong."""

    @property
    def reserved_for(self) -> tuple[UUID, ...]:
        """Every item for which the number was ever reserved."""
        return self.former if self.bearer is None else (*self.former, self.bearer)


def serial_stream(manufacturer: UUID, serial: str) -> StreamRef:
    """Return the stream that reserves a serial number: equal for every writing of it."""
    return StreamRef("serial", reservation_id(manufacturer, serial))


def evolve(number: SerialNumber, fact: SerialReserved, _at: datetime) -> SerialNumber:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    former = tuple(item for item in number.reserved_for if item != fact.equipment_id)
    return SerialNumber(bearer=fact.equipment_id, former=former)


def check(_number: SerialNumber, _fact: SerialReserved, _at: datetime) -> Refusal | None:
    """Whether the number is free is decided with the release, which knows whether its bearer still bears it."""
    return None


SERIAL = stream_kind(StreamKind("serial", SerialNumber(), evolve, check, reserves=True))
