"""Bulletins: which there are, at any past moment and as was known."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.equipment.bulletin import BulletinIssued, BulletinWithdrawn
from domain.equipment.life import Released
from domain.kernel.errors import ErrorDeclared
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import bulletins
from projections.equipment.bulletin_models import BULLETIN_MODELS
from projections.paging import Page, Window
from tests.projections.recording import MAKER, MODEL_ID, RUNNER, fact_id, micros, record, rows_of, said

OTHER_MODEL = UUID(int=110)


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
    facts = [replace(issued(1, "SB", model), number=number) for number, model in spelt]
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


def test_the_bulletins_of_a_model_are_read_from_an_index(
    log: Log, engine: Engine, queries: list[tuple[str, Any]]
) -> None:
    record(log, IN_ANY_ORDER)
    engine.catch_up()
    explain = "EXPLAIN QUERY PLAN"
    with engine.views.read() as connection:
        if connection.dialect.name == "postgresql":
            explain = "EXPLAIN"
            for ordinary in ("seqscan", "bitmapscan"):  # so small a table would be read whole
                connection.execute(text(f"SET LOCAL enable_{ordinary} = off"))
        bulletins.bulletins(connection, Window(), model_id=MODEL_ID)
        statement, values = queries[-1]
        plan = str([row[-1] for row in connection.exec_driver_sql(f"{explain} {statement}", values)])
    assert "SEARCH bulletin_models USING INDEX" in plan or "using bulletin_models_pkey" in plan
    assert "SEARCH bulletins USING INDEX" in plan or "using bulletins_pkey" in plan
    assert "SCAN bulletins" not in plan


def test_a_bulletin_told_late_reads_nothing_again(log: Log, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    built = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="px-1")
    record(log, [said(1, StreamRef("equipment", UUID(int=1)), built, 0)])
    record(log, [said(30, bulletin(1), issued(1, "SB", MODEL_ID), 5)])
    engine.catch_up()
    monkeypatch.delattr(log, "concerning")
    record(log, [said(31, bulletin(2), issued(2, "SB", MODEL_ID), 1)])
    engine.catch_up()
    assert not [each.error for each in engine.positions().values() if each.error]
