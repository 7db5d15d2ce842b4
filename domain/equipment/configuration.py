"""The axis of configuration: options, modifications and bulletins. Names and fields of facts are a file format."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.equipment.refusals import (
    BulletinAlreadyApplied,
    DocumentRevisionMissing,
    UpgradeAlreadyOpen,
    UpgradeNotStarted,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import BulletinId, DocumentRevision, Features, Reason, Stage
from domain.kernel.facts import event
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed

Feature = Annotated[str, Length(1, 100), Meaning("Feature of the configuration."), Example("control-unit")]
Purpose = Annotated[str, Length(1, 100), Meaning("What the upgrade is for, as a code."), Example("retrofit-7")]
FeatureValue = Annotated[str, Length(1, 200), Meaning("Value of the feature."), Example("CU-7")]
CertificationAffected = Annotated[
    bool,
    Meaning("Whether what was certified has changed: the item then needs a new certificate to return to service."),
    Example(False),
]


@event("equipment.option_ordered")
class OptionOrdered:
    """The customer ordered a feature; it is not built in yet."""

    feature: Feature
    value: FeatureValue


@event("equipment.upgrade_started")
class UpgradeStarted:
    """Work began to change the configuration of the item; it is out of use until it is completed."""

    purpose: Purpose
    bulletin_id: BulletinId | None = None


@event("equipment.upgrade_completed")
class UpgradeCompleted:
    """The configuration of the item was changed, and its documents with it."""

    features: Features = ()
    document_revision: DocumentRevision | None = None
    bulletin_id: BulletinId | None = None
    certification_affected: CertificationAffected = False


@event("equipment.recall_applied")
class RecallApplied:
    """What a bulletin or recall asks for was done on the item, or found to be done already."""

    bulletin_id: BulletinId


@event("equipment.bulletin_not_applicable")
class BulletinNotApplicable:
    """A bulletin of the model does not concern this item."""

    bulletin_id: BulletinId
    reason: Reason


ConfigurationFact = OptionOrdered | UpgradeStarted | UpgradeCompleted | RecallApplied | BulletinNotApplicable

APPLIED, NOT_APPLICABLE = "applied", "not_applicable"


def evolve(item: Equipment, fact: ConfigurationFact, _at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case OptionOrdered():
            ordered = {**dict(item.options), fact.feature: fact.value}
            return changed(item, options=tuple(sorted(ordered.items())))
        case UpgradeStarted():
            return changed(item, upgrade=fact.purpose, upgrade_bulletin_id=fact.bulletin_id)
        case UpgradeCompleted():
            item = item if fact.bulletin_id is None else _told(item, fact.bulletin_id, APPLIED)
            return changed(
                item,
                upgrade=None,
                upgrade_bulletin_id=None,
                configuration=after_upgrade(item, fact.features),
                options=tuple(pair for pair in item.options if pair not in fact.features),
                document_revision=fact.document_revision or item.document_revision,
                recertify=item.recertify or fact.certification_affected,
            )
        case RecallApplied():
            return _told(item, fact.bulletin_id, APPLIED)
        case BulletinNotApplicable():
            return _told(item, fact.bulletin_id, NOT_APPLICABLE)


def after_upgrade(item: Equipment, features: Features) -> tuple[tuple[str, str], ...]:
    """Return the configuration of the item after features were changed, in order of feature."""
    present = {**dict(item.configuration), **dict(features)}
    return tuple(sorted((feature, value) for feature, value in present.items() if value))


def _told(item: Equipment, bulletin: UUID, status: str) -> Equipment:
    """Return the item after something was told of a bulletin; what was applied stays applied."""
    told = dict(item.bulletins)
    if told.get(bulletin) != APPLIED:
        told[bulletin] = status
    return changed(item, bulletins=tuple(sorted(told.items())))


def check(item: Equipment, fact: ConfigurationFact, _at: datetime) -> Refusal | None:
    """Return why the configuration of the item forbids the fact now, or None."""
    match fact:
        case UpgradeStarted() if item.stage is Stage.UNDER_MODERNISATION:
            return UpgradeAlreadyOpen()
        case UpgradeCompleted() if item.stage is not Stage.UNDER_MODERNISATION or item.upgrade is None:
            return UpgradeNotStarted(stage=item.stage)
        case UpgradeCompleted() if after_upgrade(item, fact.features) != item.configuration:
            told = fact.document_revision is not None and fact.document_revision != item.document_revision
            return None if told else DocumentRevisionMissing(revision=item.document_revision)
        case RecallApplied() if (fact.bulletin_id, APPLIED) in item.bulletins:
            return BulletinAlreadyApplied()
        case BulletinNotApplicable() if (fact.bulletin_id, APPLIED) in item.bulletins:
            return BulletinAlreadyApplied()
        case _:
            return None
