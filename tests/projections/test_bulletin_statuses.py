"""What became of bulletins: which items lack one, and which an item lacks, at any past moment and as was known."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.equipment.bulletin import BulletinIssued, BulletinWithdrawn
from domain.equipment.configuration import BulletinNotApplicable, RecallApplied, UpgradeCompleted
from domain.equipment.custody import Delivered
from domain.equipment.ending import Decommissioned, Disposed
from domain.equipment.life import Released
from domain.equipment.papers import CertificationRefused
from domain.kernel.errors import ErrorDeclared
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import bulletin_statuses
from projections.equipment.bulletin_statuses import Status
from projections.paging import Window
from tests.projections.recording import MAKER, MODEL_ID, RUNNER, Said, fact_id, micros, record, said

BULLETIN_ID, OTHER_ID, OTHER_MODEL = UUID(int=900), UUID(int=901), UUID(int=110)
BULLETIN, OTHER = StreamRef("bulletin", BULLETIN_ID), StreamRef("bulletin", OTHER_ID)
ISSUED = BulletinIssued(
    number="SB-1",
    kind="recall",
    title="seal",
    manufacturer_id=MAKER,
    models=(MODEL_ID, OTHER_MODEL),
    mandatory_by=date(2026, 12, 31),
    serial_from="PX-8",
    serial_to="PX-12",
)
APPLIED = RecallApplied(bulletin_id=BULLETIN_ID)
NOT_APPLICABLE = BulletinNotApplicable(bulletin_id=BULLETIN_ID, reason="no-such-valve")


def item(number: int) -> StreamRef:
    return StreamRef("equipment", UUID(int=number))


def released(number: int, model: UUID = MODEL_ID) -> Released:
    return Released(model_id=model, manufacturer_id=MAKER, serial=f"px-{number}")


@pytest.fixture
def fleet(log: Log, engine: Engine) -> Iterator[Connection]:
    """Items px-7 to px-13; px-11 is of the other model, and there is a px-10 of a third one."""
    facts = [said(number, item(number), released(number), 0) for number in (7, 8, 9, 10, 12, 13)]
    facts += [said(11, item(11), released(11, OTHER_MODEL), 0), said(20, item(20), released(10, UUID(int=111)), 0)]
    facts += [said(30, BULLETIN, ISSUED, 1), said(31, OTHER, ISSUED, 1)]
    facts += [said(32, item(8), APPLIED, 5), said(33, item(9), NOT_APPLICABLE, 5)]
    facts += [
        said(34, item(10), UpgradeCompleted(bulletin_id=BULLETIN_ID), 6),
        said(35, item(11), UpgradeCompleted(), 6),
    ]
    facts += [said(36, item(12), RecallApplied(bulletin_id=OTHER_ID), 6)]
    facts += [said(37, item(11), Delivered(recipient_id=RUNNER), 7)]
    record(log, facts)
    engine.catch_up()
    with engine.views.read() as connection:
        yield connection


def found(connection: Connection, status: Status | None = None, limit: int = 20, **more: Any) -> list[str]:
    page = bulletin_statuses.items(connection, BULLETIN_ID, Window(limit=limit), status=status, **more)
    return [each.serial for each in page.items]


def test_items_lack_a_bulletin_until_something_is_told_of_it(fleet: Connection) -> None:
    assert found(fleet, "pending") == ["px-11", "px-12"]
    assert found(fleet, "applied") == ["px-10", "px-8"]
    assert found(fleet, "not_applicable") == ["px-9"]
    page = bulletin_statuses.items(fleet, BULLETIN_ID, Window())
    assert [(each.serial, each.status) for each in page.items] == [
        ("px-10", "applied"),
        ("px-11", "pending"),
        ("px-12", "pending"),
        ("px-8", "applied"),
        ("px-9", "not_applicable"),
    ]
    assert (page.items[1].model_id, page.items[1].holder_id) == (OTHER_MODEL, RUNNER)


def test_pages_go_through_all_items_once(fleet: Connection) -> None:
    pages = [bulletin_statuses.items(fleet, BULLETIN_ID, Window(limit=2))]
    while pages[-1].next:
        pages.append(bulletin_statuses.items(fleet, BULLETIN_ID, Window(limit=2, after=pages[-1].next)))
    serials = [[each.serial for each in page.items] for page in pages]
    assert serials == [["px-10", "px-11"], ["px-12", "px-8"], ["px-9"]]
    back = bulletin_statuses.items(fleet, BULLETIN_ID, Window(limit=2, before=pages[-1].previous))
    assert [each.serial for each in back.items] == serials[1]


def test_an_organisation_sees_its_own_items_only(fleet: Connection) -> None:
    assert found(fleet, scope=RUNNER) == ["px-11"]
    assert found(fleet, "applied", scope=RUNNER) == []
    assert len(found(fleet, scope=MAKER)) == 5


def test_the_past_is_as_it_was(fleet: Connection) -> None:
    assert found(fleet, "pending", as_of=micros(4)) == ["px-10", "px-11", "px-12", "px-8", "px-9"]
    assert found(fleet, "pending", as_of=micros(5)) == ["px-10", "px-11", "px-12"]
    assert found(fleet, "pending", known_at=11) == ["px-10", "px-11", "px-12", "px-9"]
    with pytest.raises(NotOnRecord):
        found(fleet, as_of=micros(0))
    with pytest.raises(NotOnRecord):
        found(fleet, known_at=8)


@pytest.mark.usefixtures("fleet")
def test_what_is_declared_wrong_was_never_done(log: Log, engine: Engine) -> None:
    record(log, [said(40, item(8), ErrorDeclared(wrong_fact=fact_id(32), explanation="other-item"), 8)])
    engine.catch_up()
    with engine.views.read() as later:
        assert found(later, "pending") == ["px-11", "px-12", "px-8"]
        assert found(later, "applied", known_at=16) == ["px-10", "px-8"]


@pytest.mark.usefixtures("fleet")
def test_what_was_applied_stays_applied_in_whatever_order_it_is_told(log: Log, engine: Engine) -> None:
    record(
        log,
        [said(40, item(8), NOT_APPLICABLE, 8), said(41, item(9), APPLIED, 8), said(42, item(10), NOT_APPLICABLE, 3)],
    )
    engine.catch_up()
    with engine.views.read() as later:
        assert found(later, "applied") == ["px-10", "px-8", "px-9"]
        assert found(later, "not_applicable") == []
        assert found(later, "not_applicable", as_of=micros(4)) == ["px-10"]


@pytest.mark.usefixtures("fleet")
def test_nothing_is_asked_by_a_withdrawn_bulletin_or_of_what_was_disposed_of(log: Log, engine: Engine) -> None:
    ended: list[Said] = [said(49, item(12), CertificationRefused(authority="NB-1", reason="noise"), 7)]
    ended += [said(50, item(12), Decommissioned(reason="worn"), 7)]
    ended += [said(51, item(12), Disposed(method="recycled", waste_document="WTN-1"), 8)]
    record(log, ended)
    engine.catch_up()
    with engine.views.read() as later:
        assert found(later, "pending") == ["px-11"]
    record(log, [said(40, BULLETIN, BulletinWithdrawn(reason="superseded"), 8)])
    engine.catch_up()
    with engine.views.read() as later:
        assert found(later, "pending") == []
        assert found(later, "applied") == ["px-10", "px-8"]
        assert found(later, "pending", as_of=micros(7)) == ["px-11", "px-12"]
        page = bulletin_statuses.items(later, BULLETIN_ID, Window())
        assert [each.status for each in page.items] == ["applied", None, None, "applied", "not_applicable"]


def told(connection: Connection, number: int, status: Status | None = None, **more: Any) -> list[UUID]:
    page = bulletin_statuses.concerning(connection, UUID(int=number), Window(), status=status, **more)
    return [each.bulletin.bulletin_id for each in page.items]


def test_an_item_lacks_the_bulletins_that_concern_it_until_something_is_told_of_them(fleet: Connection) -> None:
    assert [told(fleet, number) for number in (7, 13, 20)] == [[], [], []]
    assert [told(fleet, number, "pending") for number in (8, 9, 10)] == [[OTHER_ID]] * 3
    assert told(fleet, 11, "pending") == [BULLETIN_ID, OTHER_ID]
    assert told(fleet, 12, "pending") == [BULLETIN_ID]
    assert [told(fleet, number, "applied") for number in (8, 9, 12)] == [[BULLETIN_ID], [], [OTHER_ID]]
    assert told(fleet, 9, "not_applicable") == [BULLETIN_ID]


def test_of_an_item_that_was_not_on_record_by_then_nothing_is_told(fleet: Connection) -> None:
    unknown: list[tuple[int, dict[str, Any]]] = [(99, {}), (12, {"as_of": micros(0) - 1}), (12, {"known_at": 0})]
    for number, past in unknown:
        with pytest.raises(NotOnRecord):
            told(fleet, number, **past)


def test_items_and_their_bulletins_tell_the_same_at_any_moment_as_known_at_any_position(
    log: Log, engine: Engine, fleet: Connection
) -> None:
    del fleet  # what it tells is on record; more is told now, late and wrongly
    later = [said(40, OTHER, replace(ISSUED, number="SB-0", serial_from=None, models=(OTHER_MODEL,)), 2)]
    later += [said(41, OTHER, ErrorDeclared(wrong_fact=fact_id(31), explanation="number"), 3)]
    later += [said(42, item(9), RecallApplied(bulletin_id=OTHER_ID), 4), said(43, item(9), NOT_APPLICABLE, 3)]
    later += [said(44, item(8), ErrorDeclared(wrong_fact=fact_id(32), explanation="other-item"), 8)]
    later += [said(45, BULLETIN, BulletinWithdrawn(reason="superseded"), 9)]
    later += [said(46, item(12), CertificationRefused(authority="NB-1", reason="noise"), 7)]
    later += [said(47, item(12), Decommissioned(reason="worn"), 7)]
    later += [said(48, item(12), Disposed(method="recycled", waste_document="WTN-1"), 8)]
    record(log, later)
    engine.catch_up()
    seen = set()
    with engine.views.read() as connection:
        for as_of, known_at in product((None, *map(micros, range(1, 10))), range(9, log.head().position + 1)):
            past: dict[str, Any] = {"as_of": as_of, "known_at": known_at}
            by_item, by_bulletin = told_by_items(connection, past), told_by_bulletins(connection, past)
            assert by_item == by_bulletin, past
            seen |= by_item
    assert {status for _, _, status in seen} == {"pending", "applied", "not_applicable", None}
    assert {bulletin for _, bulletin, _ in seen} == {BULLETIN_ID, OTHER_ID}


def told_by_items(connection: Connection, past: dict[str, Any]) -> set[tuple[UUID, UUID, str | None]]:
    return {
        (UUID(int=number), each.bulletin.bulletin_id, each.status)
        for number in (7, 8, 9, 10, 11, 12, 13, 20)
        for each in bulletin_statuses.concerning(connection, UUID(int=number), Window(), **past).items
    }


def told_by_bulletins(connection: Connection, past: dict[str, Any]) -> set[tuple[UUID, UUID, str | None]]:
    found = set()
    for bulletin in (BULLETIN_ID, OTHER_ID):
        with suppress(NotOnRecord):
            page = bulletin_statuses.items(connection, bulletin, Window(), **past)
            found |= {(each.equipment_id, bulletin, each.status) for each in page.items}
    return found


def test_the_bulletins_of_an_item_are_paged_by_number(log: Log, engine: Engine) -> None:
    numbers = ["SB-3", "sb-1", "SB-2"]
    facts = [
        said(each, StreamRef("bulletin", UUID(int=each)), replace(ISSUED, number=number), 1)
        for each, number in enumerate(numbers, start=1)
    ]
    record(log, [said(10, item(10), released(10), 0), *facts])
    engine.catch_up()
    with engine.views.read() as connection:
        first = bulletin_statuses.concerning(connection, UUID(int=10), Window(limit=2))
        rest = bulletin_statuses.concerning(connection, UUID(int=10), Window(limit=2, after=first.next))
    assert [[each.bulletin.number for each in page.items] for page in (first, rest)] == [["sb-1", "SB-2"], ["SB-3"]]


def test_a_page_costs_few_statements(fleet: Connection, queries: list[tuple[str, Any]]) -> None:
    queries.clear()
    bulletin_statuses.items(fleet, BULLETIN_ID, Window(limit=5), status="pending", scope=MAKER)
    assert len(queries) == 6
    queries.clear()
    bulletin_statuses.concerning(fleet, UUID(int=12), Window(limit=5), status="pending")
    assert len(queries) == 6
