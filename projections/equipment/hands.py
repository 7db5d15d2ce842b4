"""In whose hands items are told to be: units with what they sit in, or as what they were taken out of was then."""

from uuid import UUID

from domain.kernel.moments import FOREVER
from projections.equipment.above import followed_by, told_stage
from projections.read_model import Following
from projections.timeline import Values

HANDS = ("holder_id", "operator_id", "owner_id", "place", "loan")
"""In whose hands an item is, whose it is, and where."""
KEPT = tuple((f"kept_{name}", f"told_{name}") for name in ("holder_id", "owner_id", "place", "loan"))
"""What an item that was taken out of another keeps of what was told of that then."""


def held_with(own: Values) -> UUID | None:
    """Return the item that a row follows: what a unit sits in, or was taken out of as long as nobody else has it.

    That one it follows up to the moment of the removal: see `held_until`.
    """
    taken_out_of: UUID | None = own["held_with_id"] if own["parent_id"] is None else None
    return followed_by(own) or taken_out_of


def held_until(own: Values) -> int:
    """Return up to when a row follows the other one, in microseconds: what was taken out, up to the removal."""
    return FOREVER if own["taken_out_at"] is None else int(own["taken_out_at"])


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

    Whatever became of its origin after that is nothing to it. It stays with the holder of its origin and on that loan,
    belongs to the same owner, and is at the same place, until something else is said of it. Nobody runs it.
    """
    told = {f"told_{name}": own[name] for name in HANDS}
    if origin is None:
        return told
    if own["loan"] is None and origin["told_holder_id"] is not None:
        told |= {name: origin[name] for name in ("told_holder_id", "told_loan")}
    return told | {name: told[name] or origin[name] for name in ("told_owner_id", "told_place")}


FOLLOWING = Following(
    link="held_with_id",
    above=held_with,
    tell=tell,
    loosely=lambda own: own["parent_id"] is None,
    until=held_until,
    kept=KEPT,
)
"""How rows with these columns follow each other."""
