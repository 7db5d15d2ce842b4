"""What is above a unit, as it was at the moment that is asked about."""

from uuid import UUID

from api.asking import Past
from api.services import services
from domain.application.states import StateAnswer
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef


def items_above(answer: StateAnswer, past: Past) -> tuple[StateAnswer, ...]:
    """Return the states of the parent of an item, of the parent of that, and so on: of each one read of its stream."""
    found: list[StateAnswer] = []

    def look(parent: UUID) -> Equipment:
        try:
            above = services().ledger.state(StreamRef("equipment", parent), as_of=past.as_of, known_at=past.known_at)
        except NotOnRecord:
            return Equipment()
        found.append(above)
        item: Equipment = above.state
        return item

    ancestors(answer.state, look)
    return tuple(found)
