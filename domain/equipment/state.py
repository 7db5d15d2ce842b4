"""What the rules must know of an item."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.equipment.terms import Stage


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """The state of one item: stage of life, papers, place in a structure, faults. Before its release all is empty."""

    stage: Stage | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    serial: str | None = None
    giai: str | None = None
    plant: str | None = None
    as_built: tuple[tuple[str, str], ...] = ()
    released_at: datetime | None = None
    certificate: str | None = None
    certificate_until: datetime | None = None
    """First moment at which the certificate is no longer valid; None while it has no end or there is none."""
    holder_id: UUID | None = None
    """The organisation to which the item was delivered."""
    place: str | None = None
    parent_id: UUID | None = None
    slot: str | None = None
    operator_id: UUID | None = None
    act: str | None = None
    commissioned_at: datetime | None = None
    operating_time: Decimal | None = None
    """Last reading on record, in hours."""
    faults: frozenset[str] = frozenset()
    """Failure modes open since their failure; an incipient one is no loss of function and opens no fault."""
    failed_units: frozenset[tuple[str, UUID]] = frozenset()
    """Which units the open faults were reported of: pairs of failure mode and unit."""
    repair: str | None = None
    """Maintenance type of the open repair."""
    stage_before_repair: Stage | None = None
    units: tuple[tuple[str, UUID], ...] = ()
    """Installed units as pairs of position and id, in order of position."""
    end_reason: str | None = None
    waste_document: str | None = None

    def unit_in(self, slot: str) -> UUID | None:
        """Return the unit that fills a position, or None."""
        return next((unit for name, unit in self.units if name == slot), None)
