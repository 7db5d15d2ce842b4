"""What the files say by themselves, before anything of it is on record."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.real import mta_files
from tests.real.mta_files import FIRST_OUTAGES, FOLDER, LATER_OUTAGES, Outage

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the data of the metro is not at {FOLDER}")

NOT_LISTED = {"EL141", "EL190", "EL207X", "EL279", "EL398", "EL490X", "EL491X", "EL494X", "EL495X", "EL729X"}


def by_unit(outages: list[Outage]) -> list[list[Outage]]:
    """Return the outages of each unit, in the order in which they began."""
    found: dict[str, list[Outage]] = defaultdict(list)
    for outage in outages:
        found[outage.unit].append(outage)
    return list(found.values())


def test_the_later_file_repeats_the_first_and_tells_nine_ends_more() -> None:
    first, later = mta_files.outages(FIRST_OUTAGES), mta_files.outages(LATER_OUTAGES)
    both = mta_files.distinct(first, later)
    assert (len(first), len(later), len(both)) == (2_034, 4_359, 4_359)
    assert {each.key for each in first} <= {each.key for each in later}
    ends = {each.key: each.ended for each in both}
    assert sum(each.ended is None and ends[each.key] is not None for each in first) == 9
    assert mta_files.distinct(later, first) == both


def test_eight_never_returned_and_ten_units_are_not_listed() -> None:
    both = mta_files.distinct(mta_files.outages(LATER_OUTAGES))
    assert sum(each.ended is None for each in both) == 8
    units = {each.unit for each in both}
    assert len(units) == 280
    assert units - set(mta_files.listed()) == NOT_LISTED


def test_157_outages_begin_before_the_one_before_them_has_ended_and_160_before_any_has() -> None:
    forever = datetime.max.replace(tzinfo=UTC)
    before_the_last, before_any = 0, 0
    for outages in by_unit(mta_files.distinct(mta_files.outages(LATER_OUTAGES))):
        ends = [each.ended or forever for each in outages]
        for number, outage in enumerate(outages[1:]):
            before_the_last += outage.began < ends[number]
            before_any += outage.began < max(ends[: number + 1])
    assert (before_the_last, before_any) == (157, 160)


def test_a_third_of_the_outages_is_planned_work() -> None:
    reasons = Counter(each.reason for each in mta_files.outages(LATER_OUTAGES))
    planned = sum(number for reason, number in reasons.items() if reason in mta_files.PLANNED)
    assert (planned, reasons.total() - planned) == (1_460, 2_899)
    assert set(reasons) >= mta_files.PLANNED
    assert len(reasons) == 12


def test_nothing_was_required_in_the_213_months_without_availability_and_in_no_other() -> None:
    months = mta_files.months()
    assert (len(months), len({each.unit for each in months}), len({each.key for each in months})) == (7_548, 638, 7_548)
    assert sum(each.availability == "" for each in months) == 213
    assert all((each.availability == "") == (each.total == 0) for each in months)
    assert all(each.up <= each.total for each in months)


def test_the_availability_of_7_335_months_is_hours_available_by_total_hours() -> None:
    months = [each for each in mta_files.months() if each.availability]
    assert len(months) == 7_335
    assert max(abs(each.up / each.total - Decimal(each.availability)) for each in months) < Decimal("1e-14")


def test_totals_have_24_hours_a_day_also_in_months_in_which_clocks_change() -> None:
    months = mta_files.months()
    most = {each.begin.month: each.total for each in sorted(months, key=lambda each: each.total)}
    assert most == {n: 24 * (28 if n == 2 else 30 if n in {4, 6, 9, 11} else 31) for n in range(1, 13)}
    hours = {each.begin.month: int((each.end - each.begin).total_seconds()) // 3600 for each in months}
    assert (hours[3], hours[11]) == (743, 721)
    assert sum(each.total > hours[each.begin.month] for each in months) == 597


def test_scheduled_and_unscheduled_outages_are_all_outages() -> None:
    assert [each for each in mta_files.months() if each.outages[0] != each.outages[1] + each.outages[2]] == []
