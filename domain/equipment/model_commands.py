"""What may be said of a model, by its maker."""

from typing import Annotated, Literal

from domain.equipment.model import (
    BillRevised,
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
from domain.equipment.terms import BillRevision, ManufacturerId, ModelId, Reason
from domain.kernel.commands import command
from domain.kernel.marks import Example, Meaning

WarrantyBegin = Annotated[
    Literal["released", "delivered", "commissioned"],
    Meaning("With what the warranty of an item begins."),
    Example("delivered"),
]


@command("model.register", decides=("model_id",), tells=ModelRegistered)
class RegisterModel:
    """Register a model, so that items of it can be released. Safe to retry."""

    model_id: ModelId
    designation: Designation
    manufacturer_id: ManufacturerId
    equipment_class: EquipmentClass | None = None
    maintainable_items: MaintainableItems = ()

    def known(self, model: Model) -> bool:
        """Whether the same is on record."""
        return [model.registered] == self.decide(model)

    def decide(self, _model: Model) -> list[ModelFact]:
        """Return the registration."""
        return [
            ModelRegistered(
                designation=self.designation,
                manufacturer_id=self.manufacturer_id,
                equipment_class=self.equipment_class,
                maintainable_items=self.maintainable_items,
            )
        ]


@command("model.revise_bill", decides=("model_id",), tells=BillRevised)
class ReviseBill:
    """Put another revision of the model's bill in force. Safe to retry."""

    model_id: ModelId
    revision: BillRevision
    maintainable_items: MaintainableItems

    def known(self, model: Model) -> bool:
        """Whether this is the bill in force."""
        return [model.bill] == self.decide(model)

    def decide(self, _model: Model) -> list[ModelFact]:
        """Return the revision."""
        return [BillRevised(revision=self.revision, maintainable_items=self.maintainable_items)]


@command("model.set_plan_template", decides=("model_id",), tells=PlanTemplateSet)
class SetPlanTemplate:
    """Say which maintenance items of the model need, in place of what was said before. Safe to retry."""

    model_id: ModelId
    by_hours: HourlyTasks = ()
    by_cycles: CyclicTasks = ()
    by_calendar: CalendarTasks = ()
    by_condition: ConditionTasks = ()

    def known(self, model: Model) -> bool:
        """Whether this template is set."""
        return [model.plan_template] == self.decide(model)

    def decide(self, _model: Model) -> list[ModelFact]:
        """Return the template."""
        return [
            PlanTemplateSet(
                by_hours=self.by_hours,
                by_cycles=self.by_cycles,
                by_calendar=self.by_calendar,
                by_condition=self.by_condition,
            )
        ]


@command("model.set_warranty_terms", decides=("model_id",), tells=WarrantyTermsSet)
class SetWarrantyTerms:
    """Say on which terms items of the model are under warranty, in place of what was said before. Safe to retry."""

    model_id: ModelId
    terms: WarrantyTerms
    begins: WarrantyBegin
    months: WarrantyMonths | None = None
    hours: WarrantyHours | None = None
    uncovered: Uncovered = ()

    def known(self, model: Model) -> bool:
        """Whether these terms are set."""
        return [model.warranty_terms] == self.decide(model)

    def decide(self, _model: Model) -> list[ModelFact]:
        """Return the terms."""
        return [
            WarrantyTermsSet(
                terms=self.terms, begins=self.begins, months=self.months, hours=self.hours, uncovered=self.uncovered
            )
        ]


@command("model.define_document_set", decides=("model_id",), tells=DocumentSetDefined)
class DefineDocumentSet:
    """Say which documents items of the model come with, in place of what was said before. Safe to retry."""

    model_id: ModelId
    documents: Documents

    def known(self, model: Model) -> bool:
        """Whether this set is defined."""
        return [model.document_set] == self.decide(model)

    def decide(self, _model: Model) -> list[ModelFact]:
        """Return the set."""
        return [DocumentSetDefined(documents=self.documents)]


@command("model.discontinue", decides=("model_id",), tells=ModelDiscontinued)
class DiscontinueModel:
    """Say that the model is made no longer: no item of it is released any more. Safe to retry."""

    model_id: ModelId
    reason: Reason
    successor_id: Annotated[ModelId, Meaning("The model that takes its place.")] | None = None

    def known(self, model: Model) -> bool:
        """Whether the same is on record."""
        return [model.discontinued] == self.decide(model)

    def decide(self, _model: Model) -> list[ModelFact]:
        """Return the end."""
        return [ModelDiscontinued(reason=self.reason, successor_id=self.successor_id)]
