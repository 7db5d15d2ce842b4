"""Operating time, measured and reported together: each time once, whatever part of a life each covers; at any depth."""

from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.operating_time import OperatingTime
from tests.projections.recording import FIRST, SECOND, THIRD
from tests.projections.running import IN_STOCK, LIFE, TAKEN_OVER, into, read, reported, told, unit, working
from tests.projections.test_operating_time import PRESS, asked


def combined(found: OperatingTime) -> tuple[str, str, str]:
    return str(found.measured), str(found.reported), str(found.total)


def test_a_reported_period_counts_only_where_nothing_was_measured(log: Log, engine: Engine) -> None:
    facts = working((40, read("18")), (61, reported(30, 50, "14")), (81, reported(60, 80, "12")))
    assert combined(asked(log, engine, facts, 40)) == ("18", "0", "18")
    assert combined(asked(log, engine, [], 45)) == ("18", "3.5", "21.5")
    assert combined(asked(log, engine, [], 70)) == ("18", "13", "31")
    assert combined(asked(log, engine, [])) == ("18", "19", "37")
    assert combined(asked(log, engine, told(1, FIRST, (80, read("40"))))) == ("40", "0", "40")


def test_where_only_totals_are_known_they_are_the_figure(log: Log, engine: Engine) -> None:
    facts = working((51, reported(10, 50, "30")))
    assert combined(asked(log, engine, facts)) == ("None", "30", "30")


def test_a_period_of_a_unit_gives_way_to_what_was_measured_of_its_parent(log: Log, engine: Engine) -> None:
    facts = [*PRESS, *unit((20, into(FIRST)), (81, reported(50, 70, "20")))]
    assert combined(asked(log, engine, facts, 60, stream=SECOND)) == ("30", "0", "30")
    assert combined(asked(log, engine, [], 70, stream=SECOND)) == ("30", "10", "40")


def test_periods_that_overlap_on_record_count_once(log: Log, engine: Engine) -> None:
    facts = working((61, reported(20, 40, "20")), (62, reported(30, 50, "10")))
    assert combined(asked(log, engine, facts)) == ("None", "25", "25")


def test_what_was_measured_in_one_parent_and_reported_in_another_is_told_together(log: Log, engine: Engine) -> None:
    other = working((61, reported(50, 60, "6")), stream=THIRD, first=300)
    facts = [*PRESS, *other, *unit((20, into(FIRST)), (40, IN_STOCK), (50, into(THIRD)))]
    assert combined(asked(log, engine, facts, 50, stream=SECOND)) == ("20", "0", "20")
    assert combined(asked(log, engine, [], 55, stream=SECOND)) == ("None", "3", "23")
    found = asked(log, engine, [], stream=SECOND)
    assert (combined(found), [part.done for part in found.in_parents]) == (("None", "6", "26"), [Decimal(20), None])


def test_the_first_reading_of_an_item_that_was_taken_over_erases_nothing_before_it(log: Log, engine: Engine) -> None:
    facts = told(1, FIRST, (5, TAKEN_OVER), (6, reported(-90, 0, "4000")), (21, reported(10, 30, "50")))
    assert combined(asked(log, engine, facts, 30)) == ("None", "4050", "4050")
    asked(log, engine, told(9, FIRST, (40, read("9000"))))
    assert [combined(asked(log, engine, [], hour)) for hour in (20, 30, 39)] == [
        ("None", "4025", "4025"),
        ("None", "4050", "4050"),
        ("None", "4050", "4050"),
    ]
    assert asked(log, engine, [], 39).readings == ()
    assert combined(asked(log, engine, [], 40)) == combined(asked(log, engine, [])) == ("9000", "0", "9000")


def test_a_unit_inside_an_item_that_is_first_read_later_keeps_what_is_reported(log: Log, engine: Engine) -> None:
    press = told(1, FIRST, (5, TAKEN_OVER), (40, read("9000")), (60, read("9020")), (61, reported(20, 30, "7")))
    assert combined(asked(log, engine, [*press, *unit((20, into(FIRST)))], 60, stream=SECOND)) == ("None", "7", "27")


def test_a_unit_is_followed_to_the_top_however_deep_it_sits_in_four_statements(
    log: Log, engine: Engine, queries: list[tuple[str, Any]]
) -> None:
    chain = [FIRST, *(StreamRef("equipment", UUID(int=1_000 + number)) for number in range(1_200))]
    facts = [
        each
        for number, (inner, outer) in enumerate(pairwise(reversed(chain)))
        for each in told(1_000 + 2 * number, inner, LIFE[0], (10, into(outer)))
    ]
    asked(log, engine, [*PRESS, *facts])
    for stream in (FIRST, chain[40], chain[-1]):
        queries.clear()
        found = asked(log, engine, [], 60, stream=stream)
        assert (found.measured, len(queries)) == (Decimal(40), 4)
