"""Up and down time, availability and fleet figures, asked over the interface, are what the rows come to."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import partial

import pytest

from domain.equipment.availability import availability, micros_of
from domain.kernel.moments import to_micros
from projections.equipment.fleet_figures import FigureFilter, Figures, figures
from projections.equipment.slices import Slice
from projections.paging import Window
from tests.api.callers import Bearer
from tests.real.callers import answer
from tests.real.metros import Metro
from tests.real.mta_files import FOLDER, NEW_YORK, Month, mta_id, unit_id
from tests.real.reckoned import Spell, union
from tests.real.test_mta_outages import LAST_SEEN
from tests.real.test_mta_rows import NOT_LISTED, by_unit

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the data of the metro is not at {FOLDER}")

EARLY = datetime(2018, 1, 1, tzinfo=UTC)
YEAR = {
    "from": datetime(2023, 1, 1, tzinfo=NEW_YORK).isoformat(),
    "to": datetime(2024, 1, 1, tzinfo=NEW_YORK).isoformat(),
}
_PRECISE = Context(prec=40, rounding=ROUND_HALF_EVEN)
_DIGITS = Decimal("1e-12")


def ratio(up: Decimal, total: Decimal) -> Decimal | None:
    """Return up time by total with 12 digits, from the hours as the file has them."""
    return _PRECISE.quantize(_PRECISE.divide(up, total), _DIGITS) if total else None


def sliced(months: Iterable[Month]) -> list[Slice]:
    """Return the months of one unit as parts of a window."""
    begins = ((to_micros(each.begin), to_micros(each.end)) for each in months)
    return [Slice(begin=begin, end=end, last=end - 1, month=begin) for begin, end in begins]


def micros(hours: str) -> int:
    return micros_of(Decimal(hours))


def by_unit_and_month(metro: Metro) -> dict[tuple[str, int], Figures]:
    """Return the figures of each unit and local month: by place, as each has one; singly where none is known."""
    begins = {each.begin: each for each in metro.months}
    slices, moment = (
        sliced(begins[begin] for begin in sorted(begins)),
        to_micros(max(each.end for each in begins.values())),
    )
    found: dict[tuple[str, int], Figures] = {}
    with metro.engine.views.read() as views:
        ask = partial(figures, views, slices=slices, moment=moment)
        window = Window(limit=1_000)
        while True:
            page = ask(FigureFilter(), window=window, by=("site", "month"))
            found |= {((each.place or "").rpartition(" ")[2], each.month or 0): each for each in page.items}
            if page.next is None:
                break
            window = Window(limit=1_000, after=page.next)
        for unit in NOT_LISTED:
            page = ask(FigureFilter(equipment_id=unit_id(unit)), window=Window(limit=100), by=("month",))
            found |= {(unit, each.month or 0): each for each in page.items}
    return found


def test_availability_is_hours_available_by_total_hours_in_every_month(metro: Metro) -> None:
    told, none = 0, 0
    found = by_unit_and_month(metro)
    for row in metro.months:
        each = found[row.unit, to_micros(row.begin)]
        up, down = each.up + each.reported_up, each.down + each.reported_down
        assert availability(up, down) == ratio(row.up, row.total), row
        assert (up, up + down, each.disabled) == (micros_of(row.up), micros_of(row.total), 0)
        told, none = told + (row.total > 0), none + (row.total == 0)
    assert (told, none) == (7_335, 213)


def test_the_interface_tells_the_same_of_every_month_of_some_units(metro: Metro, administrator: Bearer) -> None:
    units = sorted({each.unit for each in metro.months})[::60]
    rows = [each for each in metro.months if each.unit in units]
    assert len(rows) > 100
    for row in rows:
        window = {"from": row.begin.isoformat(), "to": row.end.isoformat()}
        told = answer(administrator, f"/v1/equipment/{unit_id(row.unit)}/availability", **window)
        expected = ratio(row.up, row.total)
        assert told["availability"] == (None if expected is None else format(expected, "f")), row
        length = int((row.end - row.begin).total_seconds() * 1_000_000)
        times = [micros(told[name]) for name in ("up", "down", "disabled", "not_in_service")]
        assert sum(times) == length + micros(told["basis"]["reports"]["excess"])
        assert {micros(hours) for hours in told["basis"]["states"].values()} == {0}


def test_down_time_is_the_union_of_outages_as_it_is_known_and_as_it_was(metro: Metro, administrator: Bearer) -> None:
    points = [
        (LAST_SEEN, metro.outages, metro.book.log.head().position),
        (LAST_SEEN, metro.first, metro.head_of_first),
    ]
    for until, outages, position in points:
        spells = union(outages, until)
        left = {each.unit for each in outages if each.ended is None}  # those of the first file came back later
        for unit in {*[each[0].unit for each in by_unit(outages)][::16], *left}:
            window = {"from": EARLY.isoformat(), "to": until.isoformat(), "recorded_as_of": position}
            told = answer(administrator, f"/v1/equipment/{unit_id(unit)}/availability", **window)
            assert micros(told["down"]) == length_of(spells[unit_id(unit)]), unit
            assert told["basis"]["reports"]["up"] == "0"


def length_of(spells: Iterable[Spell]) -> int:
    return sum(each.end - each.begin for each in spells)


def test_the_figures_of_the_fleet_are_the_sums_of_its_rows(metro: Metro, administrator: Bearer) -> None:
    window = {"from": EARLY.isoformat(), "to": LAST_SEEN.isoformat()}
    (fleet,) = answer(administrator, "/v1/fleet-figures", **window)["items"]
    faults = [each for each in metro.outages if not each.planned]
    lasted = [to_micros(each.ended) - to_micros(each.began) for each in faults if each.ended]
    assert micros(fleet["down"]) == sum(length_of(each) for each in union(metro.outages, LAST_SEEN).values())
    assert (fleet["failures"], fleet["restorations"]) == (len(faults), len(lasted)) == (2_899, 2_892)
    assert abs(micros(fleet["mean_time_to_restoration"]) - sum(lasted) // len(lasted)) <= 1
    assert {stage: number for stage, number in fleet["items"].items() if number} == {
        "in_service": 279,
        "under_repair": 1,
    }


def test_the_figures_of_a_year_by_model_are_the_sums_of_its_months(metro: Metro, administrator: Bearer) -> None:
    groups = answer(administrator, "/v1/fleet-figures", **YEAR, by="model")["items"]
    told = {each["model_id"]: each["basis"]["reports"] for each in groups}
    for letters in ("EL", "ES"):
        rows = [each for each in metro.months if each.unit.startswith(letters)]
        reports = told[str(mta_id(f"model/{letters}"))]
        assert micros(reports["up"]) == sum(micros_of(each.up) for each in rows)
        assert micros(reports["up"]) + micros(reports["down"]) == sum(micros_of(each.total) for each in rows)
        hours = [(each.total, Decimal((to_micros(each.end) - to_micros(each.begin)) // 3_600_000_000)) for each in rows]
        assert micros(reports["excess"]) == sum(micros_of(max(total - length, Decimal(0))) for total, length in hours)
