"""Models: the designs to which items are built. Names and fields of facts are a file format: add, never edit."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from domain.equipment.refusals import ModelAlreadyDiscontinued, ModelAlreadyRegistered, ModelNotRegistered
from domain.equipment.terms import BillRevision, ManufacturerId, ModelId, Reason
from domain.kernel.facts import event
from domain.kernel.marks import Bounds, Example, Length, Meaning, Unit
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.streams import StreamKind, stream_kind
from domain.kernel.units import Hours

Designation = Annotated[str, Length(1, 200), Meaning("Name of the model as sold."), Example("Press PX-40")]
EquipmentClass = Annotated[
    str, Length(1, 20), Meaning("Equipment class by ISO 14224, such as CO for compressors."), Example("CO")
]
MaintainableItems = Annotated[
    tuple[Annotated[str, Length(1, 100), Example("pump")], ...],
    Length(0, 1000),
    Meaning("Positions of the bill at which serialised units are maintained."),
]
Task = Annotated[str, Length(1, 100), Example("change-oil")]
HourlyTasks = Annotated[
    tuple[tuple[Task, Annotated[Hours, Bounds(least=Decimal("0.1"), most=10_000_000)]], ...],
    Length(0, 500),
    Meaning("Work that is due by hours of operation: pairs of a code of the task and its interval in hours."),
]
CyclicTasks = Annotated[
    tuple[tuple[Task, Annotated[Decimal, Unit("1"), Bounds(least=1, most=10**12), Example("5000")]], ...],
    Length(0, 500),
    Meaning("Work that is due by cycles: pairs of a code of the task and its interval in cycles."),
]
CalendarTasks = Annotated[
    tuple[tuple[Task, Annotated[int, Bounds(1, 36_600)]], ...],
    Length(0, 500),
    Meaning("Work that is due by the calendar: pairs of a code of the task and its interval in days."),
]
ConditionTasks = Annotated[
    tuple[tuple[Task, Annotated[str, Length(1, 100)]], ...],
    Length(0, 500),
    Meaning("Work that is due by condition: pairs of a code of the task and a code of what is measured for it."),
]
WarrantyTerms = Annotated[str, Length(1, 100), Meaning("Code of the warranty terms."), Example("standard-24")]
WarrantyMonths = Annotated[
    int, Bounds(1, 1200), Meaning("How many months the warranty lasts; none: not limited by time."), Example(24)
]
WarrantyHours = Annotated[
    Hours, Meaning("After how many hours of operation it ends; none: not limited by operation."), Example("4000")
]
Uncovered = Annotated[
    tuple[Annotated[str, Length(1, 100)], ...],
    Length(0, 1000),
    Meaning("Positions of the bill that the warranty does not cover, such as wearing parts."),
]
Documents = Annotated[
    tuple[
        tuple[
            Annotated[str, Length(1, 100), Example("operating-manual")], Annotated[str, Length(1, 20), Example("03-02")]
        ],
        ...,
    ],
    Length(0, 500),
    Meaning(
        "Documents that are complete at delivery: pairs of a code of the document and its category by VDI 2770, "
        "such as 03-02 for operation."
    ),
]


@event("model.registered")
class ModelRegistered:
    """A model is on record: items of it may be released."""

    designation: Designation
    manufacturer_id: ManufacturerId
    equipment_class: EquipmentClass | None = None
    maintainable_items: MaintainableItems = ()


@event("model.bill_revised")
class BillRevised:
    """The bill of the model has another revision; items that were released before stay as they are."""

    revision: BillRevision
    maintainable_items: MaintainableItems


@event("model.plan_template_set")
class PlanTemplateSet:
    """Which maintenance an item of the model needs, and how often; it replaces what was set before."""

    by_hours: HourlyTasks = ()
    by_cycles: CyclicTasks = ()
    by_calendar: CalendarTasks = ()
    by_condition: ConditionTasks = ()


@event("model.warranty_terms_set")
class WarrantyTermsSet:
    """On which terms items of the model are under warranty; it replaces what was set before."""

    terms: WarrantyTerms
    begins: Annotated[str, Meaning("With what it begins: released, delivered or commissioned."), Example("delivered")]
    months: WarrantyMonths | None = None
    hours: WarrantyHours | None = None
    uncovered: Uncovered = ()


@event("model.document_set_defined")
class DocumentSetDefined:
    """Which documents an item of the model comes with; it replaces what was defined before."""

    documents: Documents


@event("model.discontinued")
class ModelDiscontinued:
    """The model is made no longer: no item of it is released any more."""

    reason: Reason
    successor_id: Annotated[ModelId, Meaning("The model that takes its place.")] | None = None


ModelFact = ModelRegistered | BillRevised | PlanTemplateSet | WarrantyTermsSet | DocumentSetDefined | ModelDiscontinued


@dataclass(frozen=True, kw_only=True)
class Model:
    """The state of one model: what was registered and what was set for it since, or nothing yet."""

    registered: ModelRegistered | None = None
    bill: BillRevised | None = None
    """The revision of its bill in force; None: as it was registered."""
    plan_template: PlanTemplateSet | None = None
    warranty_terms: WarrantyTermsSet | None = None
    document_set: DocumentSetDefined | None = None
    discontinued: ModelDiscontinued | None = None
    discontinued_at: datetime | None = None
    """When it was discontinued; None: it is made."""

    @property
    def maintainable_items(self) -> tuple[str, ...]:
        """Positions of the bill in force at which serialised units are maintained."""
        stated = self.bill or self.registered
        return stated.maintainable_items if stated else ()


def evolve(model: Model, fact: ModelFact, at: datetime) -> Model:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case ModelRegistered():
            return changed(model, registered=fact)
        case BillRevised():
            return changed(model, bill=fact)
        case PlanTemplateSet():
            return changed(model, plan_template=fact)
        case WarrantyTermsSet():
            return changed(model, warranty_terms=fact)
        case DocumentSetDefined():
            return changed(model, document_set=fact)
        case ModelDiscontinued():
            return changed(model, discontinued=fact, discontinued_at=at)


def check(model: Model, fact: ModelFact, _at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the model now, or None."""
    match fact:
        case ModelRegistered():
            return ModelAlreadyRegistered() if model.registered else None
        case _ if model.registered is None:
            return ModelNotRegistered()
        case ModelDiscontinued() if model.discontinued:
            return ModelAlreadyDiscontinued()
        case _:
            return None


MODEL = stream_kind(StreamKind("model", Model(), evolve, check, begun=lambda model: model.registered is not None))
