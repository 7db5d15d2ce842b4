"""What may be asked about structures: what is inside an item, where a unit sat, and what sat in an item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks
from api.auth import Principal, Question, allow_stream
from api.conditions import wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.structure_shapes import (
    InstallationsSchema,
    StructureSchema,
    UnitsOfItemSchema,
    installation_of,
    part_of,
    unit_of,
)
from api.reading import answered_list, by_time_and_id, paging
from api.services import services
from domain.equipment.terms import Slot, UnitId
from domain.kernel.marks import Bounds, Example, Meaning
from domain.kernel.moments import to_micros
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import installations, structure
from projections.paging import Place
from projections.read_model import ReadModel

_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))


@dataclass(frozen=True, kw_only=True)
class StructureQuestion(OfThePast, OfPages):
    """How deep the structure of an item is asked for."""

    depth: (
        Annotated[
            int,
            Bounds(0, 1000),
            Meaning("Down to this level: 1 is what sits in the item itself; by default all."),
            Example(1),
        ]
        | None
    ) = None


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/structure",
    answers=(Answer(200, "A page of the structure.", StructureSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(StructureQuestion)
def list_structure(question: StructureQuestion, equipment_id: UUID) -> Response:
    """An item as it is maintained: itself and everything inside it, to any depth, now or as of any past moment.

    Level by level: the item itself is level 0; within a level the units of one parent stand together, in order of
    position. Where it sits itself is told by its `parent`. Nothing is told of an item that was not on record at the
    moment that is asked about.

    A unit that has gone to others since is told with its position alone: a past that is asked for is no key.
    """
    asking = _asking(equipment_id, structure.NEEDS)
    asked = paging("equipment.structure.1", question, asking, place=_by_level, about=equipment_id)
    return answered_list(
        lambda views, asked: structure.structure(
            views,
            equipment_id,
            asked.window,
            depth=question.depth,
            scope=asking.scope,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        StructureSchema,
        part_of,
    )


@dataclass(frozen=True, kw_only=True)
class InstallationsQuestion(OfThePast, OfPages):
    """As of when, and as known when, it is asked where a unit sat."""


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/installations",
    answers=(Answer(200, "A page of installations.", InstallationsSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(InstallationsQuestion)
def list_installations(question: InstallationsQuestion, equipment_id: UUID) -> Response:
    """Where a unit sat: in which item, at which position, since when until when, and who said so; the earliest first.

    As of a moment: what had begun by then, and what had ended by then. Where it sits at that moment, the whole chain
    above it is told, up to the topmost item.
    """
    asking = _asking(equipment_id, installations.NEEDS)
    asked = paging("equipment.installations.1", question, asking, place=by_time_and_id, about=equipment_id)
    return answered_list(
        lambda views, asked: installations.installations(
            views,
            services().log,
            equipment_id,
            asked.window,
            scope=asking.scope,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        InstallationsSchema,
        installation_of,
    )


@dataclass(frozen=True, kw_only=True)
class UnitsQuestion(OfThePast, OfPages):
    """Which of the units that sat in an item are asked for; what is left out does not matter."""

    slot: Slot | None = None
    unit_id: UnitId | None = None
    from_: (
        Annotated[
            datetime,
            Meaning("Only what had not ended by this moment; what had begun is asked by `as_of`."),
            Example("2024-05-01T00:00:00Z"),
        ]
        | None
    ) = None


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/units",
    answers=(Answer(200, "A page of units.", UnitsOfItemSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(UnitsQuestion)
def list_units(question: UnitsQuestion, equipment_id: UUID) -> Response:
    """Which units sat in an item: at which position, since when until when, and who said so; by position, then by time.

    As of a moment: what had begun by then, and what had ended by then. Which pump was in this press in May is asked by
    `slot=pump&from=2024-05-01T00:00:00Z&as_of=2024-05-31T23:59:59Z`. Units in units are no units of this item: ask for
    its structure.
    """
    asking = _asking(equipment_id, installations.NEEDS)
    asked = paging("equipment.units.1", question, asking, place=_by_slot, about=equipment_id)
    wanted = installations.UnitFilter(
        slot=question.slot,
        unit_id=question.unit_id,
        since=None if question.from_ is None else to_micros(question.from_),
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: installations.units(
            views, services().log, equipment_id, wanted, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        UnitsOfItemSchema,
        unit_of,
    )


def _asking(equipment_id: UUID, needs: Sequence[ReadModel[Any]]) -> Principal:
    """Return who asks about one item, if he may and it is on record, when the read models are there."""
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    wait_for_views(*(each.name for each in needs))
    services().ledger.state(stream)  # refuses an id under which nothing is on record
    return asking


def _by_level(place: Sequence[Any]) -> Place:
    """Return a place in an order by level, parent, position and unit."""
    level, parent, slot, key = place
    return level, UUID(parent), slot, UUID(key)


def _by_slot(place: Sequence[Any]) -> Place:
    """Return a place in an order by position, moment and unit."""
    slot, moment, key = place
    return slot, moment, UUID(key)
