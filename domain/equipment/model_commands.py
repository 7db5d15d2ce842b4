"""What may be said of a model, by its maker."""

from typing import Annotated, Literal

from domain.equipment.model import (
    BillRevised,
    BillRevision,
    CalendarTasks,
    ConditionTasks,
    CyclicTasks,
    Designation,
    Documents,
    DocumentSetDefined,
    EquipmentClass,
    HourlyTasks,
    MaintainableItems,
    Model,
    ModelDiscontinued,
    ModelFact,
    ModelRegistered,
    PlanTemplateSet,
    Uncovered,
    WarrantyHours,
    WarrantyMonths,
    WarrantyTerms,
    WarrantyTermsSet,
)
from domain.equipment.terms import ManufacturerId, ModelId, Reason
from domain.kernel.commands import command
from domain.kernel.marks import Example, Meaning

WarrantyBegin = Annotated[
    Literal["released", "delivered", "commissioned"],
    Meaning("With what the warranty of an item begins."),
    Example("delivered"),
]


@command("model.register", decides=("model_id",))
class RegisterModel:
    """Register a model, so that items of it can be released. Safe to retry."""

    model_id: ModelId
    designation: Designation
    manufacturer_id: ManufacturerId
    equipment_class: EquipmentClass | None = None
    maintainable_items: MaintainableItems = ()

    def decide(self, model: Model) -> list[ModelFact]:
        """Return the facts to record; none if the same is on record."""
        fact = ModelRegistered(
            designation=self.designation,
            manufacturer_id=self.manufacturer_id,
            equipment_class=self.equipment_class,
            maintainable_items=self.maintainable_items,
        )
        return [] if model.registered == fact else [fact]


@command("model.revise_bill", decides=("model_id",))
class ReviseBill:
    """Put another revision of the model's bill in force. Safe to retry."""

    model_id: ModelId
    revision: BillRevision
    maintainable_items: MaintainableItems

    def decide(self, model: Model) -> list[ModelFact]:
        """Return the facts to record; none if this is the bill in force."""
        fact = BillRevised(revision=self.revision, maintainable_items=self.maintainable_items)
        return [] if model.bill == fact else [fact]


@command("model.set_plan_template", decides=("model_id",))
class SetPlanTemplate:
    """Say which maintenance items of the model need, in place of what was said before. Safe to retry."""

    model_id: ModelId
    by_hours: HourlyTasks = ()
    by_cycles: CyclicTasks = ()
    by_calendar: CalendarTasks = ()
    by_condition: ConditionTasks = ()

    def decide(self, model: Model) -> list[ModelFact]:
        """Return the facts to record; none if this template is set."""
        fact = PlanTemplateSet(
            by_hours=self.by_hours,
            by_cycles=self.by_cycles,
            by_calendar=self.by_calendar,
            by_condition=self.by_condition,
        )
        return [] if model.plan_template == fact else [fact]


@command("model.set_warranty_terms", decides=("model_id",))
class SetWarrantyTerms:
    """Say on which terms items of the model are under warranty, in place of what was said before. Safe to retry."""

    model_id: ModelId
    terms: WarrantyTerms
    begins: WarrantyBegin
    months: WarrantyMonths | None = None
    hours: WarrantyHours | None = None
    uncovered: Uncovered = ()

    def decide(self, model: Model) -> list[ModelFact]:
        """Return the facts to record; none if these terms are set."""
        fact = WarrantyTermsSet(
            terms=self.terms, begins=self.begins, months=self.months, hours=self.hours, uncovered=self.uncovered
        )
        return [] if model.warranty_terms == fact else [fact]


@command("model.define_document_set", decides=("model_id",))
class DefineDocumentSet:
    """Say which documents items of the model come with, in place of what was said before. Safe to retry."""

    model_id: ModelId
    documents: Documents

    def decide(self, model: Model) -> list[ModelFact]:
        """Return the facts to record; none if this set is defined."""
        fact = DocumentSetDefined(documents=self.documents)
        return [] if model.document_set == fact else [fact]


@command("model.discontinue", decides=("model_id",))
class DiscontinueModel:
    """Say that the model is made no longer: no item of it is released any more. Safe to retry."""

    model_id: ModelId
    reason: Reason
    successor_id: Annotated[ModelId, Meaning("The model that takes its place.")] | None = None

    def decide(self, model: Model) -> list[ModelFact]:
        """Return the facts to record; none if the same is on record."""
        fact = ModelDiscontinued(reason=self.reason, successor_id=self.successor_id)
        return [] if model.discontinued == fact else [fact]
