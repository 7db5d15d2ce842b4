"""Items by their serial numbers: those on record, and those that the same import puts there before they are named."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec

from api.importing.forms import FindItem
from api.importing.gathering import room
from api.importing.lives import Unit
from api.importing.mapping import Record
from domain.equipment.serials import serial_stream

_TABLE = "CREATE TABLE coming (number BLOB PRIMARY KEY, item BLOB) WITHOUT ROWID"


class Items:
    """Finds items, also those of entries that are on their way into the log, or would be if they were not only shown.

    So it makes no difference where one batch ends and the next one begins, or whether anything is recorded at all.
    """

    def __init__(self, on_record: FindItem, records: Sequence[Record]) -> None:
        """Take what finds those on record, and what rows become: where no item is named so, none is kept in mind."""
        self._on_record = on_record
        self._are_named = b'"item":"' in msgspec.json.encode(records)
        # Without a name it is a file of its own that nobody else sees, and in memory only as far as it is small.
        self._coming = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for each in ("PRAGMA journal_mode = OFF", _TABLE, "BEGIN"):
            self._coming.execute(each)

    def close(self) -> None:
        """Drop what was kept in mind."""
        self._coming.close()

    def find(self, manufacturer: UUID, serial: str) -> UUID | None:
        """Return the item with a manufacturer's serial number; that on record counts."""
        if found := self._on_record(manufacturer, serial):
            return found
        if not self._are_named:
            return None
        number = serial_stream(manufacturer, serial).id
        with room():
            coming = self._coming.execute("SELECT item FROM coming WHERE number = ?", (number.bytes,)).fetchone()
        # What is coming is forgotten once it is on record, and may have come there in between.
        return UUID(bytes=coming[0]) if coming else self._on_record(manufacturer, serial)

    def noted(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """Yield units; from then on the items that they put on record are found."""
        for unit in units:
            if self._are_named:
                with room():
                    self._coming.executemany("INSERT OR REPLACE INTO coming VALUES (?, ?)", _items_of(unit))
            yield unit

    def settled(self, unit: Unit) -> None:
        """Hear that a unit is on record or refused: whoever names its items finds them there, or not at all."""
        if self._are_named:
            numbers = [(number,) for number, _ in _items_of(unit)]
            with room():
                self._coming.executemany("DELETE FROM coming WHERE number = ?", numbers)

    def forget(self) -> None:
        """Forget what is coming: it was only looked at."""
        self._coming.execute("DELETE FROM coming")


def _items_of(unit: Unit) -> Iterator[tuple[bytes, bytes]]:
    """Yield the items that a unit puts on record, by the reservations of their serial numbers."""
    for entry in unit:
        maker, serial = getattr(entry.command, "manufacturer_id", None), getattr(entry.command, "serial", None)
        item = getattr(entry.command, "equipment_id", None)
        if isinstance(maker, UUID) and isinstance(serial, str) and isinstance(item, UUID):
            yield serial_stream(maker, serial).id.bytes, item.bytes
