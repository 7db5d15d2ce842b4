"""Items that an import puts on record before it names them."""

import tracemalloc
from datetime import UTC, datetime
from uuid import UUID

from api.importing.becoming import Become
from api.importing.entries import Entry
from api.importing.items import Items
from api.importing.lives import Unit
from api.importing.mapping import Record, Spec
from domain.equipment.beginning_commands import TakeOverEquipment
from domain.kernel.envelope import Provenance
from tests.equipment.lives import MAKER, MODEL_ID

NAMED = Record(name="any", at="{at}", id="{at}", command="any", fields={"equipment_id": Spec(item="{serial}")})


def put(number: int) -> Unit:
    """Return what puts an item on record."""
    command = TakeOverEquipment(
        equipment_id=UUID(int=number), model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"PX-{number}", stage="in_stock"
    )
    entry = Entry(command, datetime(2026, 1, 1, tzinfo=UTC), Provenance(source="urn:test", id=str(number)))
    return Unit([Become(entry, "any", (0, 0))], [])


def test_an_item_on_its_way_is_found_until_it_is_on_record_or_refused() -> None:
    items = Items(lambda _maker, serial: UUID(int=7) if serial == "PX-7" else None, [NAMED])
    units = [put(1), put(2), put(7)]
    assert list(items.noted(units)) == units
    found = [items.find(MAKER, f"px-{number}") for number in (1, 2, 3)]
    assert found == [UUID(int=1), UUID(int=2), None]
    assert items.find(MAKER, "PX-7") == UUID(int=7)
    items.settled(units[0])
    assert [items.find(MAKER, f"PX-{number}") for number in (1, 2)] == [None, UUID(int=2)]
    items.forget()
    assert items.find(MAKER, "PX-2") is None
    items.close()


def test_what_is_kept_in_mind_of_items_on_their_way_takes_no_memory() -> None:
    items = Items(lambda _maker, _serial: None, [NAMED])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in items.noted(map(put, range(5_000))):
            pass
        assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        tracemalloc.stop()
    assert items.find(MAKER, "PX-4999") == UUID(int=4_999)
    items.close()
