"""Which bulletins name a model: so that those of one model are found by an index, and not in all there are."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Column, Select, select

from domain.equipment.bulletin import BulletinIssued
from domain.equipment.model import MODEL
from domain.kernel.envelope import Recorded
from domain.log.columns import Id
from projections.paging import shown
from projections.read_model import Steps, steps_table
from projections.timeline import Values

TABLE = steps_table("bulletin_models", Column("bulletin_id", Id, nullable=False), Column("wrong_by", Id))


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the models that a bulletin names when it is issued."""
    if not isinstance(recorded.fact, BulletinIssued):
        return ()
    return [stream.id for stream in recorded.subjects if stream.kind == MODEL.kind]


def step(_before: None, _after: None, recorded: Recorded, wrong_by: UUID | None) -> Values:
    """Return which bulletin names the model."""
    return {"position": recorded.position, "bulletin_id": recorded.stream.id, "wrong_by": wrong_by}


BULLETIN_MODELS: Steps[None] = Steps(
    name="bulletin_models",
    version=1,
    table=TABLE,
    initial=None,
    keys=keys,
    evolve=lambda _state, _recorded, _key: None,
    step=step,
)


def naming(model_id: UUID, as_of: int | None, position: int) -> Select[tuple[UUID]]:
    """Return the bulletins that were ever issued for a model, as of a moment, as known at a position."""
    counts = (TABLE.c.wrong_by.is_(None), shown(TABLE, as_of, position))
    return select(TABLE.c.bulletin_id).where(TABLE.c.key == model_id, *counts)
