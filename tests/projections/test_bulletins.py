"""Bulletins: which there are, and which items lack one, at any past moment and as was known."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

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
from projections.equipment import bulletins
from projections.equipment.bulletin_models import BULLETIN_MODELS
from projections.equipment.bulletins import Status
from projections.paging import Page, Window
from tests.projections.recording import MAKER, MODEL_ID, RUNNER, Said, fact_id, micros, record, rows_of, said

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
    page = bulletins.items(connection, BULLETIN_ID, Window(limit=limit), status=status, **more)
    return [each.serial for each in page.items]


def test_items_lack_a_bulletin_until_something_is_told_of_it(fleet: Connection) -> None:
    assert found(fleet, "pending") == ["px-11", "px-12"]
    assert found(fleet, "applied") == ["px-10", "px-8"]
    assert found(fleet, "not_applicable") == ["px-9"]
    page = bulletins.items(fleet, BULLETIN_ID, Window())
    assert [(each.serial, each.status) for each in page.items] == [
        ("px-10", "applied"),
        ("px-11", "pending"),
        ("px-12", "pending"),
        ("px-8", "applied"),
        ("px-9", "not_applicable"),
    ]
    assert (page.items[1].model_id, page.items[1].holder_id) == (OTHER_MODEL, RUNNER)


def test_pages_go_through_all_items_once(fleet: Connection) -> None:
    pages = [bulletins.items(fleet, BULLETIN_ID, Window(limit=2))]
    while pages[-1].next:
        pages.append(bulletins.items(fleet, BULLETIN_ID, Window(limit=2, after=pages[-1].next)))
    serials = [[each.serial for each in page.items] for page in pages]
    assert serials == [["px-10", "px-11"], ["px-12", "px-8"], ["px-9"]]
    back = bulletins.items(fleet, BULLETIN_ID, Window(limit=2, before=pages[-1].previous))
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
        page = bulletins.items(later, BULLETIN_ID, Window())
        assert [each.status for each in page.items] == ["applied", None, None, "applied", "not_applicable"]


def numbers(page: Page[bulletins.ListedBulletin]) -> list[str]:
    return [each.number for each in page.items]


def test_bulletins_are_listed_by_number_maker_and_model(log: Log, engine: Engine) -> None:
    facts = [
        said(
            number,
            StreamRef("bulletin", UUID(int=number)),
            BulletinIssued(number=name, kind="service", title="x", manufacturer_id=maker, models=(model,)),
            1,
        )
        for number, (name, maker, model) in enumerate(
            [("sb-2", MAKER, MODEL_ID), ("SB-1", MAKER, OTHER_MODEL), ("Q-1", RUNNER, UUID(int=112))], start=1
        )
    ]
    record(log, [*facts, said(9, StreamRef("bulletin", UUID(int=1)), BulletinWithdrawn(reason="superseded"), 2)])
    engine.catch_up()
    with engine.views.read() as connection:
        listed = bulletins.bulletins(connection, Window())
        assert numbers(listed) == ["Q-1", "SB-1", "sb-2"]
        assert [each.withdrawn for each in listed.items] == [False, False, True]
        assert listed.items[0].models == (UUID(int=112),)
        assert numbers(bulletins.bulletins(connection, Window(), manufacturer_id=MAKER)) == ["SB-1", "sb-2"]
        assert numbers(bulletins.bulletins(connection, Window(), model_id=OTHER_MODEL)) == ["SB-1"]
        assert not bulletins.bulletins(connection, Window(), as_of=micros(1)).items[2].withdrawn


def test_a_number_is_found_whatever_its_case_and_width_and_may_be_that_of_several(log: Log, engine: Engine) -> None:
    spelt = [("SB-1", MODEL_ID), ("\uff33\uff22-1", OTHER_MODEL), ("SB-10", MODEL_ID), ("sb-1", THIRD_MODEL)]
    facts = [replace(ISSUED, number=number, models=(model,)) for number, model in spelt]
    record(log, [said(number, bulletin(number), fact, 1) for number, fact in enumerate(facts, start=1)])
    engine.catch_up()
    with engine.views.read() as connection:
        first = bulletins.bulletins(connection, Window(limit=2), number=" sB-1 ")
        rest = bulletins.bulletins(connection, Window(limit=2, after=first.next), number=" sB-1 ")
        assert [numbers(first), numbers(rest)] == [["SB-1", "\uff33\uff22-1"], ["sb-1"]]
        assert numbers(bulletins.bulletins(connection, Window(), number="SB-1", model_id=THIRD_MODEL)) == ["sb-1"]
        assert numbers(bulletins.bulletins(connection, Window(), number="SB")) == []


def issued(number: int, name: str, *models: UUID) -> BulletinIssued:
    return BulletinIssued(number=f"{name}-{number}", kind="service", title="x", manufacturer_id=MAKER, models=models)


def bulletin(number: int) -> StreamRef:
    return StreamRef("bulletin", UUID(int=1000 + number))


THIRD_MODEL = UUID(int=112)
IN_ANY_ORDER = [
    said(1, bulletin(1), issued(1, "SB", MODEL_ID), 5),
    said(2, bulletin(2), issued(2, "SB", MODEL_ID, OTHER_MODEL), 3),
    said(3, bulletin(3), issued(3, "SB", OTHER_MODEL), 4),
    said(4, bulletin(1), ErrorDeclared(wrong_fact=fact_id(1), explanation="other-model"), 6),
    said(5, bulletin(1), issued(1, "SB", OTHER_MODEL, THIRD_MODEL), 5),
    said(6, bulletin(2), issued(2, "SC", THIRD_MODEL), 6),
    said(7, bulletin(3), BulletinWithdrawn(reason="superseded"), 7),
    said(8, bulletin(4), issued(4, "SB", MODEL_ID), 2),
    said(9, bulletin(1), ErrorDeclared(wrong_fact=fact_id(4), explanation="was-right"), 8),
    said(10, bulletin(5), ErrorDeclared(wrong_fact=fact_id(11), explanation="in-advance"), 1),
    said(11, bulletin(5), issued(5, "SB", MODEL_ID), 1),
]


def test_the_bulletins_of_a_model_are_those_that_name_it_at_any_moment_as_known_at_any_position(
    log: Log, engine: Engine
) -> None:
    for each in IN_ANY_ORDER:
        record(log, [each])
        engine.catch_up()
    with engine.views.read() as connection:
        asked = [(hour, known) for hour in (None, *map(micros, range(9))) for known in range(len(IN_ANY_ORDER) + 1)]
        for as_of, known_at in asked:
            listed = bulletins.bulletins(connection, Window(), as_of=as_of, known_at=known_at).items
            for model in (MODEL_ID, OTHER_MODEL, THIRD_MODEL, UUID(int=113)):
                of_model = bulletins.bulletins(connection, Window(), model_id=model, as_of=as_of, known_at=known_at)
                assert of_model.items == tuple(each for each in listed if model in each.models)
        kept = rows_of(connection, BULLETIN_MODELS)
        assert numbers(bulletins.bulletins(connection, Window(), model_id=MODEL_ID, known_at=3)) == ["SB-1", "SB-2"]
    engine.rebuild(BULLETIN_MODELS.name)
    engine.catch_up()
    with engine.views.read() as connection:
        assert rows_of(connection, BULLETIN_MODELS) == kept


def test_the_bulletins_of_a_model_are_read_from_an_index(fleet: Connection, queries: list[tuple[str, Any]]) -> None:
    explain = "EXPLAIN QUERY PLAN"
    if fleet.dialect.name == "postgresql":
        explain = "EXPLAIN"
        for ordinary in ("seqscan", "bitmapscan"):  # so small a table would be read whole
            fleet.execute(text(f"SET LOCAL enable_{ordinary} = off"))
    bulletins.bulletins(fleet, Window(), model_id=MODEL_ID)
    statement, values = queries[-1]
    plan = str([row[-1] for row in fleet.exec_driver_sql(f"{explain} {statement}", values)])
    assert "SEARCH bulletin_models USING INDEX" in plan or "using bulletin_models_pkey" in plan
    assert "SEARCH bulletins USING INDEX" in plan or "using bulletins_pkey" in plan
    assert "SCAN bulletins" not in plan


def test_a_bulletin_told_late_reads_nothing_again(log: Log, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    record(log, [said(each, item(each), released(each), 0) for each in range(1, 4)])
    record(log, [said(30, bulletin(1), issued(1, "SB", MODEL_ID), 5)])
    engine.catch_up()
    monkeypatch.delattr(log, "concerning")
    record(log, [said(31, bulletin(2), issued(2, "SB", MODEL_ID), 1)])
    engine.catch_up()
    assert not [each.error for each in engine.positions().values() if each.error]


def test_a_page_costs_few_statements(fleet: Connection, queries: list[tuple[str, Any]]) -> None:
    queries.clear()
    bulletins.items(fleet, BULLETIN_ID, Window(limit=5), status="pending", scope=MAKER)
    assert len(queries) == 5
