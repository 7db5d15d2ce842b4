"""What was taken out of an item: in whose hands it stays, and who sees it, whatever becomes of that item later."""

from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.equipment.custody import Delivered, Lent, Moved, OwnershipTransferred, Stocked
from domain.equipment.ending import Decommissioned, Disposed
from domain.equipment.life import Installed
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import custody, registry
from projections.paging import Window
from projections.views import views_url
from tests.projections.recording import FIRST, SECOND, THIRD, fact_id, micros, record, said
from tests.projections.running import IN_STOCK, LIFE, into, told

FORMER, NEW, THIRD_PARTY = (UUID(int=number) for number in (401, 402, 403))
PRESS, PUMP, SEAL, LINE = FIRST, SECOND, THIRD, StreamRef("equipment", UUID(int=4))
OUT = 30
ALL = Window(limit=10)
STAYS = (FORMER, FORMER, "hall-1")
Fate = tuple[StreamRef, int, Fact]

SOLD: list[Fate] = [
    (PRESS, 40, Delivered(recipient_id=NEW, place="hall-9")),
    (PRESS, 40, OwnershipTransferred(owner_id=NEW)),
]
"""The press goes to somebody else after the pump was taken out of it."""


class Case(NamedTuple):
    """What happened besides, and what is told of the pump in the end: holder, owner and place, and who sees it."""

    fates: list[Fate]
    hands: tuple[UUID | None, UUID | None, str | None]
    seen_by: set[UUID]


CASES = {
    "the item is sold later": Case(SOLD, STAYS, {FORMER}),
    "it is lent and moved later": Case(
        [(PRESS, 35, Lent(borrower_id=NEW, place="yard")), (PRESS, 36, Moved(place="hall-2"))], STAYS, {FORMER}
    ),
    "it was sold before, as is told late": Case([(s, 25, fact) for s, _, fact in SOLD], (NEW, NEW, "hall-9"), {NEW}),
    "it is sold at the very moment": Case([(s, OUT, fact) for s, _, fact in SOLD], (NEW, NEW, "hall-9"), {NEW}),
    "its sale before was told wrong": Case(
        [
            (PRESS, 25, Delivered(recipient_id=NEW, place="hall-9")),
            (PRESS, 50, ErrorDeclared(wrong_fact=fact_id(500), explanation="another press")),
        ],
        STAYS,
        {FORMER},
    ),
    "it sat in a line that is sold later": Case(
        [
            (PRESS, 22, IN_STOCK),
            (LINE, 5, Delivered(recipient_id=THIRD_PARTY, place="hall-3")),
            (PRESS, 24, into(LINE)),
            (LINE, 40, Delivered(recipient_id=NEW, place="hall-9")),
            (LINE, 40, OwnershipTransferred(owner_id=NEW)),
        ],
        (THIRD_PARTY, FORMER, "hall-3"),
        {FORMER, THIRD_PARTY},
    ),
    "it is put into a line later": Case(
        [(LINE, 5, Delivered(recipient_id=NEW, place="hall-9")), (PRESS, 40, into(LINE))], STAYS, {FORMER}
    ),
    "it is put into the unit later": Case([(PRESS, 40, into(PUMP))], STAYS, {FORMER}),
    "it is disposed of later": Case(
        [
            (PRESS, 40, Decommissioned(reason="worn-out")),
            (PRESS, 41, Disposed(method="scrapped", waste_document="W-1")),
            *[(s, 42, fact) for s, _, fact in SOLD],
        ],
        STAYS,
        {FORMER},
    ),
    "the unit is built in again": Case([*SOLD, (PUMP, 50, into(PRESS))], (NEW, NEW, "hall-9"), {NEW}),
    "the unit is taken out again": Case(
        [(PUMP, 35, into(PRESS)), *SOLD, (PUMP, 50, IN_STOCK)], (NEW, NEW, "hall-9"), {NEW}
    ),
    "its removal is told twice": Case([*SOLD, (PUMP, 50, IN_STOCK)], STAYS, {FORMER}),
    "the unit goes elsewhere itself": Case(
        [*SOLD, (PUMP, 50, Delivered(recipient_id=THIRD_PARTY, place="works"))],
        (THIRD_PARTY, None, "works"),
        {THIRD_PARTY},
    ),
    "the unit is stocked elsewhere": Case(
        [*SOLD, (PUMP, 50, Stocked(place="works"))], (FORMER, FORMER, "works"), {FORMER}
    ),
    "the unit has an owner of its own": Case(
        [*SOLD, (PUMP, 50, OwnershipTransferred(owner_id=NEW))], (FORMER, NEW, "hall-1"), {FORMER, NEW}
    ),
}


@pytest.mark.parametrize(("batch", "inside"), [(1, ()), (1, (SEAL,)), (100, (SEAL,))])
@pytest.mark.parametrize("name", CASES)
def test_what_was_taken_out_stays_as_the_item_was_then(
    log: Log, database_url: str, name: str, batch: int, inside: tuple[StreamRef, ...]
) -> None:
    case = CASES[name]
    begun = [
        (PRESS, 4, Delivered(recipient_id=FORMER)),
        (PRESS, 5, Installed(place="hall-1")),
        (PRESS, 6, OwnershipTransferred(owner_id=FORMER)),
        *[(unit, 12, into(PUMP)) for unit in inside],
        (PUMP, 20, into(PRESS)),
        (PUMP, OUT, IN_STOCK),
    ]
    lives = [each for number, item in enumerate((PRESS, PUMP, SEAL, LINE)) for each in told(10 * number, item, *LIFE)]
    engine = Engine(log, views_url(database_url), (registry.REGISTRY, custody.CUSTODY), batch=batch)
    record(log, lives)
    for first, fates in ((400, begun), (500, case.fates)):
        record(log, [said(first + number, item, fact, hour) for number, (item, hour, fact) in enumerate(fates)])
    engine.catch_up()
    with engine.views.read() as connection:
        held = {each.equipment_id: each.hands for each in custody.items(connection, custody.CustodyFilter(), ALL).items}
        for unit in (PUMP, *inside):
            hands = held[unit.id]
            assert (hands.holder_id, hands.owner_id, hands.place) == case.hands
            assert {each for each in (FORMER, NEW, THIRD_PARTY) if unit.id in _seen(connection, each)} == case.seen_by
        before = custody.items(connection, custody.CustodyFilter(holder_id=NEW), ALL, as_of=micros(OUT - 10)).items
    assert {each.equipment_id for each in before} <= {LINE.id}
    engine.close()


def _seen(connection: Connection, organisation: UUID) -> set[UUID]:
    wanted = registry.RegistryFilter(scope=organisation)
    return {each.equipment_id for each in registry.items(connection, wanted, ALL).items}


def test_in_a_ring_nobody_is_followed_whoever_owns_one_of_it(log: Log, engine: Engine) -> None:
    facts = [*told(0, PRESS, *LIFE, (5, into(PUMP))), *told(10, PUMP, *LIFE, (5, into(PRESS)))]
    record(log, [*facts, *told(20, PRESS, (9, OwnershipTransferred(owner_id=FORMER)))])
    engine.catch_up()
    with engine.views.read() as connection:
        held = {each.equipment_id: each.hands for each in custody.items(connection, custody.CustodyFilter(), ALL).items}
    assert (held[PRESS.id].owner_id, held[PUMP.id].owner_id) == (FORMER, None)
