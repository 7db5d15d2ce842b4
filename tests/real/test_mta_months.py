"""Every month that the files tell of is on record as a period of which only totals are known."""

from decimal import Decimal

import pytest

from domain.equipment.state import HOURS, OPERATING_TIME
from domain.kernel.moments import to_micros
from projections.equipment.periods import periods
from projections.paging import Window
from tests.real.metros import Metro
from tests.real.mta_files import FOLDER, unit_id

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the data of the metro is not at {FOLDER}")


def test_periods_are_told_as_the_rows_say(metro: Metro) -> None:
    units = sorted({each.unit for each in metro.months})
    found = []
    with metro.engine.views.read() as views:
        for unit in units:
            page = periods(views, unit_id(unit), Window(limit=100))
            found += [
                (unit, each.begin, each.end, Decimal(each.done), Decimal(each.possible or -1), each.meter, each.unit)
                for each in page.items
            ]
    assert found == [
        (each.unit, to_micros(each.begin), to_micros(each.end), each.up, each.total, OPERATING_TIME, HOURS)
        for each in sorted(metro.months, key=lambda each: (each.unit, each.begin))
    ]
