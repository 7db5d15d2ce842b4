"""Every outage of the files is on record, and units were down when their outages lasted, no longer and no shorter."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from projections.equipment import technical_states
from projections.paging import Window
from tests.real.metros import Metro
from tests.real.mta_files import FIRST_OUTAGES, FOLDER, LATER_OUTAGES, LISTED, MONTHLY, MONTHS, OUTAGES, unit_id
from tests.real.reckoned import Spell, down, total, union
from tests.real.test_mta_rows import NOT_LISTED, by_unit

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the data of the metro is not at {FOLDER}")

FIRST_SEEN, LAST_SEEN = datetime(2018, 4, 3, 0, 7, tzinfo=UTC), datetime(2018, 5, 22, 1, 18, tzinfo=UTC)
"""When the rows of each file had been seen."""


def test_every_row_is_on_record_once_and_no_rule_refused_one(metro: Metro) -> None:
    assert metro.on_record(OUTAGES, (each.key for each in metro.outages)) == 4_359
    assert metro.on_record(OUTAGES, (f"{each.key}/ended" for each in metro.outages)) == 4_359 - 8
    assert metro.on_record(MONTHLY, (each.key for each in metro.months)) == 7_548


def test_every_row_is_accounted_for_and_the_later_file_repeats_the_first(metro: Metro) -> None:
    lines = {line.file: line for line in metro.became.lines()}
    assert lines.keys() == {FIRST_OUTAGES, LATER_OUTAGES, LISTED, MONTHS}
    assert (lines[FIRST_OUTAGES].rows, lines[FIRST_OUTAGES].repeated) == (2_034, 2_034)
    assert (lines[LATER_OUTAGES].rows, lines[LATER_OUTAGES].left_out, lines[MONTHS].recorded) == (4_359, 0, 7_548)
    assert metro.became.facts.total() == metro.book.log.head().position - metro.head_of_first


def test_what_the_first_file_tells_is_known_as_that_once_everything_is_on_record(metro: Metro) -> None:
    head = metro.book.log.head().position
    again = metro.take_first()
    assert (again.facts.total(), again.refused, metro.book.log.head().position) == (0, 0, head)
    assert again.lines()[-1].file == FIRST_OUTAGES
    assert again.lines()[-1].repeated == 2_034


def test_nothing_on_record_contradicts_anything_else(metro: Metro) -> None:
    units = {each.unit for each in metro.outages} | {each.unit for each in metro.months}
    assert len(units) == 641
    found = {metro.book.ledger.state(StreamRef("equipment", unit_id(unit))).contradictions for unit in units}
    assert found == {()}


def test_units_were_down_as_long_as_the_union_of_their_outages(metro: Metro) -> None:
    wanted = union(metro.outages, LAST_SEEN)
    found = down(metro.engine, LAST_SEEN, metro.book.log.head().position)
    assert len(found) == 280
    assert found == wanted


def test_time_that_outages_share_counts_once(metro: Metro) -> None:
    found = down(metro.engine, LAST_SEEN, metro.book.log.head().position)
    one_by_one = sum(((each.ended or LAST_SEEN) - each.began for each in metro.outages), timedelta())
    together = sum((total(spells) for spells in found.values()), timedelta())
    assert together < one_by_one
    for outages in by_unit(metro.outages):
        each = [Spell(to_micros(one.began), to_micros(one.ended or LAST_SEEN)) for one in outages]
        begins, ends = [spell.begin for spell in each], [spell.end for spell in each]
        shares = any(begin < end for begin, end in zip(begins[1:], ends, strict=False))
        assert (total(found[unit_id(outages[0].unit)]) < total(each)) == shares


def test_what_the_first_file_did_not_know_was_not_known(metro: Metro) -> None:
    known = down(metro.engine, FIRST_SEEN, metro.head_of_first)
    assert known == union(metro.first, FIRST_SEEN)
    assert down(metro.engine, FIRST_SEEN, metro.book.log.head().position) == union(metro.outages, FIRST_SEEN) != known


@pytest.mark.parametrize("known_by_first", [True, False])
def test_those_that_had_not_returned_are_down(metro: Metro, *, known_by_first: bool) -> None:
    as_of, known_at = (FIRST_SEEN, metro.head_of_first) if known_by_first else (LAST_SEEN, None)
    wanted = technical_states.StateFilter(category="down")
    with metro.engine.views.read() as views:
        window = Window(limit=100)
        page = technical_states.states(views, wanted, window, as_of=to_micros(as_of), known_at=known_at)
        now = technical_states.states(views, wanted, window)
    outages = metro.first if known_by_first else metro.outages
    open_ones = {each.unit: each for each in outages if each.ended is None}
    down_by_rows = union(outages, as_of)
    begun = {unit: down_by_rows[unit_id(unit)][-1].begin for unit in open_ones}
    assert {each.serial for each in page.items} == set(open_ones)
    assert all(begun[each.serial] <= each.since <= to_micros(open_ones[each.serial].began) for each in page.items)
    assert {each.serial: each.state == "fault" for each in page.items} == {
        unit: not outage.planned for unit, outage in open_ones.items()
    }
    assert len(open_ones) == (9 if known_by_first else 8)
    assert {each.serial for each in now.items} == {each.unit for each in metro.outages if each.ended is None}


def test_of_ten_units_with_outages_no_place_is_known(metro: Metro) -> None:
    with metro.engine.views.read() as views:
        window = Window(limit=1_000)
        page = technical_states.states(views, technical_states.StateFilter(), window, as_of=to_micros(LAST_SEEN))
    assert len(page.items) == 280
    assert {each.serial for each in page.items if each.place is None} == NOT_LISTED
