"""Models: the designs to which items are built. Names and fields of facts are a file format: add, never edit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from domain.equipment.refusals import ModelAlreadyRegistered
from domain.equipment.terms import ManufacturerId, ModelId
from domain.kernel.commands import command
from domain.kernel.facts import event
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamKind, stream_kind

Designation = Annotated[str, Length(1, 200), Meaning("Name of the model as sold."), Example("Press PX-40")]
EquipmentClass = Annotated[
    str, Length(1, 20), Meaning("Equipment class by ISO 14224, such as CO for compressors."), Example("CO")
]
MaintainableItems = Annotated[
    tuple[Annotated[str, Length(1, 100)], ...],
    Length(0, 1000),
    Meaning("Positions of the bill at which serialised units are maintained."),
]


@event("model.registered")
class ModelRegistered:
    """A model is on record: items of it may be released."""

    designation: Designation
    manufacturer_id: ManufacturerId
    equipment_class: EquipmentClass | None = None
    maintainable_items: MaintainableItems = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The state of one model: what was registered, or nothing yet."""

    registered: ModelRegistered | None = None


def evolve(_model: Model, fact: ModelRegistered, _at: datetime) -> Model:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    return Model(registered=fact)


def check(model: Model, _fact: ModelRegistered, _at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the model now, or None."""
    return ModelAlreadyRegistered() if model.registered else None


MODEL = stream_kind(StreamKind("model", Model(), evolve, check, begun=lambda model: model.registered is not None))


@command("model.register", decides=("model_id",))
class RegisterModel:
    """Register a model, so that items of it can be released. Safe to retry."""

    model_id: ModelId
    designation: Designation
    manufacturer_id: ManufacturerId
    equipment_class: EquipmentClass | None = None
    maintainable_items: MaintainableItems = ()

    def decide(self, model: Model) -> list[ModelRegistered]:
        """Return the facts to record; none if the same is on record."""
        fact = ModelRegistered(
            designation=self.designation,
            manufacturer_id=self.manufacturer_id,
            equipment_class=self.equipment_class,
            maintainable_items=self.maintainable_items,
        )
        return [] if model.registered == fact else [fact]
