"""In whose hands items are told to be: units with what they sit in, and with what they were taken out of."""

from uuid import UUID

from projections.equipment.above import followed_by, told_stage
from projections.timeline import Values

HANDS = ("holder_id", "operator_id", "owner_id", "place", "loan")
"""In whose hands an item is, whose it is, and where."""


def held_with(own: Values) -> UUID | None:
    """Return the item that a row follows: what a unit sits in, or was taken out of as long as nobody else has it."""
    taken_out_of: UUID | None = own["held_with_id"] if own["parent_id"] is None else None
    return followed_by(own) or taken_out_of


def tell(_key: UUID, own: Values, above: Values | None) -> Values:
    """Return what is told of an item: a unit is where the item is in which it sits, and in the same hands.

    It belongs to whom it was transferred to itself; otherwise to the owner of what it sits in.
    """
    if followed_by(own) is None:
        told = _stays(own, above)
    else:
        told = {f"told_{name}": above and above[f"told_{name}"] for name in HANDS}
        told["told_owner_id"] = own["owner_id"] or told["told_owner_id"]
    return {**told, "told_stage": told_stage(own, above)}


def _stays(own: Values, origin: Values | None) -> Values:
    """Return what is told of an item that sits in none: in whose hands it is, or stays since it was taken out.

    It stays with the holder of its origin and on that loan, belongs to the same owner, and is at the same place, until
    something else is said of it. Nobody runs it.
    """
    told = {f"told_{name}": own[name] for name in HANDS}
    if origin is None:
        return told
    if own["loan"] is None and origin["told_holder_id"] is not None:
        told |= {name: origin[name] for name in ("told_holder_id", "told_loan")}
    return told | {name: told[name] or origin[name] for name in ("told_owner_id", "told_place")}
