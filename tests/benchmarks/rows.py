"""The same rows for every contender: failures of many items, each naming a unit, bodies final and canonical."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from os import urandom
from uuid import UUID

from domain.equipment.operation import FailureReported
from domain.kernel.envelope import Caller
from domain.kernel.ids import Ids
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, Place, encode
from domain.log.contract import NewFact

CALLER = Caller(actor=UUID(int=1), organisation=UUID(int=2), correlation=UUID(int=3))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_ids = Ids(lambda: datetime.now(UTC), urandom)
_numbers = count(1)


class NoSealer:
    """These facts have nothing to seal."""

    def seal(self, subject: UUID, text: str, place: Place) -> dict[str, object]:
        """Never called."""
        raise NotImplementedError(subject, text, place)

    def open(self, sealed: dict[str, object], place: Place) -> str:
        """Never called."""
        raise NotImplementedError(sealed, place)


def new_stream() -> UUID:
    """Return the id of a stream that nothing is in yet."""
    return _ids.fresh()


def new_fact(stream: UUID) -> NewFact:
    """Return one fact of a stream, ready to be stored."""
    number = next(_numbers)
    fact = FailureReported(
        failure_mode=f"mode-{number % 7}",
        impact="incipient",
        detection="monitoring",
        operating_time=Decimal(number),
        unit_id=UUID(int=number % 1000),
    )
    return encode(Draft(StreamRef("equipment", stream), fact, NOON, _ids.fresh()), CALLER, NoSealer())
