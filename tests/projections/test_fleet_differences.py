"""Which items differ between two points: a unit also by what happened to the item above it."""

from domain.equipment.life import LaidUp
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.facts_between import Point
from projections.equipment.fleet_differences import different_items
from projections.equipment.registry import RegistryFilter
from projections.paging import Window
from tests.projections.recording import FIRST, SECOND, micros, record
from tests.projections.running import into, unit, working


def test_a_unit_differs_with_the_item_in_which_it_sits(log: Log, engine: Engine) -> None:
    record(log, working((15, LaidUp()), stream=FIRST) + unit((11, into(FIRST)), stream=SECOND))
    engine.catch_up()
    with engine.views.read() as connection:
        points = [Point(micros(hour), log.head().position) for hour in (13, 16)]
        found = different_items(connection, RegistryFilter(), Window(), *points).items
    stages = [(each.equipment_id, each.before and each.before.stage, each.after and each.after.stage) for each in found]
    assert stages == [
        (FIRST.id, "in_service", "laid_up"),
        (SECOND.id, "in_service", "laid_up"),
    ]
