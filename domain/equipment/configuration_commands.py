"""What may be asked of the configuration of an item."""

from uuid import UUID

from domain.equipment.bulletin import Bulletin
from domain.equipment.configuration import (
    APPLIED,
    NOT_APPLICABLE,
    BulletinNotApplicable,
    CertificationAffected,
    ConfigurationFact,
    Feature,
    FeatureValue,
    OptionOrdered,
    Purpose,
    RecallApplied,
    UpgradeCompleted,
    UpgradeStarted,
    after_upgrade,
)
from domain.equipment.refusals import BulletinConcernsOthers, BulletinNotInForce
from domain.equipment.state import Equipment
from domain.equipment.terms import BulletinId, DocumentRevision, EquipmentId, Features, Reason
from domain.kernel.commands import command
from domain.kernel.refusals import UnknownReference
from domain.kernel.streams import StreamRef


@command("equipment.order_option", decides=("equipment_id",), tells=OptionOrdered)
class OrderOption:
    """Order a feature for the item; an upgrade builds it in. Safe to retry."""

    equipment_id: EquipmentId
    feature: Feature
    value: FeatureValue

    def known(self, item: Equipment) -> bool:
        """Whether it is ordered, or built in."""
        return (self.feature, self.value) in {*item.options, *item.configuration}

    def decide(self, _item: Equipment) -> list[ConfigurationFact]:
        """Return the order."""
        return [OptionOrdered(feature=self.feature, value=self.value)]


@command("equipment.start_upgrade", decides=("equipment_id",), tells=UpgradeStarted)
class StartUpgrade:
    """Begin to change the configuration of the item; it is out of use until it is completed. Safe to retry."""

    equipment_id: EquipmentId
    purpose: Purpose
    bulletin_id: BulletinId | None = None

    def also(self, _item: Equipment, *_bulletins: Bulletin) -> tuple[StreamRef, ...]:
        """The bulletin by which it is made."""
        return _stream_of(self.bulletin_id)

    def known(self, item: Equipment, *_bulletins: Bulletin) -> bool:
        """Whether this upgrade is open."""
        return (item.upgrade, item.upgrade_bulletin_id) == (self.purpose, self.bulletin_id)

    def decide(self, item: Equipment, *bulletins: Bulletin) -> list[ConfigurationFact]:
        """Return the start.

        Raises:
            UnknownReference, BulletinNotInForce, BulletinConcernsOthers: the item cannot be upgraded by the bulletin.
        """
        _require_concerned(item, bulletins)
        return [UpgradeStarted(purpose=self.purpose, bulletin_id=self.bulletin_id)]


@command("equipment.complete_upgrade", decides=("equipment_id",), tells=UpgradeCompleted)
class CompleteUpgrade:
    """Say what the open upgrade changed in the configuration of the item, and in its documents.

    The item is back in service, or awaits a new certificate where what was certified has changed. The bulletin of the
    upgrade counts as applied. Safe to retry where it changes features or documents.
    """

    equipment_id: EquipmentId
    features: Features = ()
    document_revision: DocumentRevision | None = None
    bulletin_id: BulletinId | None = None
    certification_affected: CertificationAffected = False

    def also(self, _item: Equipment, *_bulletins: Bulletin) -> tuple[StreamRef, ...]:
        """The bulletin that is applied by it."""
        return _stream_of(self.bulletin_id)

    def known(self, item: Equipment, *_bulletins: Bulletin) -> bool:
        """Whether no upgrade is open and the item is as this one would leave it, where that says anything."""
        said = bool(self.features) or self.document_revision is not None
        documents = self.document_revision in {None, item.document_revision}
        bulletin = self.bulletin_id is None or (self.bulletin_id, APPLIED) in item.bulletins
        left_so = documents and bulletin and after_upgrade(item, self.features) == item.configuration
        return item.upgrade is None and said and left_so

    def decide(self, item: Equipment, *bulletins: Bulletin) -> list[ConfigurationFact]:
        """Return the completion.

        Raises:
            UnknownReference, BulletinNotInForce, BulletinConcernsOthers: the bulletin cannot be applied to the item,
                and the upgrade was not begun by it.
        """
        bulletin = self.bulletin_id or item.upgrade_bulletin_id
        if bulletin != item.upgrade_bulletin_id:
            _require_concerned(item, bulletins)
        return [
            UpgradeCompleted(
                features=self.features,
                document_revision=self.document_revision,
                bulletin_id=bulletin,
                certification_affected=self.certification_affected,
            )
        ]


@command("equipment.apply_bulletin", decides=("equipment_id",), tells=RecallApplied)
class ApplyBulletin:
    """Say that what a bulletin or recall asks for is done on the item. Safe to retry."""

    equipment_id: EquipmentId
    bulletin_id: BulletinId

    def also(self, _item: Equipment, *_bulletins: Bulletin) -> tuple[StreamRef, ...]:
        """The bulletin."""
        return _stream_of(self.bulletin_id)

    def known(self, item: Equipment, *_bulletins: Bulletin) -> bool:
        """Whether it was applied."""
        return (self.bulletin_id, APPLIED) in item.bulletins

    def decide(self, item: Equipment, *bulletins: Bulletin) -> list[ConfigurationFact]:
        """Return the application.

        Raises:
            UnknownReference, BulletinNotInForce, BulletinConcernsOthers: there is nothing to apply.
        """
        _require_concerned(item, bulletins)
        return [RecallApplied(bulletin_id=self.bulletin_id)]


@command("equipment.declare_bulletin_not_applicable", decides=("equipment_id",), tells=BulletinNotApplicable)
class DeclareBulletinNotApplicable:
    """Say that a bulletin of its model does not concern this item, and why. Safe to retry."""

    equipment_id: EquipmentId
    bulletin_id: BulletinId
    reason: Reason

    def also(self, _item: Equipment, *_bulletins: Bulletin) -> tuple[StreamRef, ...]:
        """The bulletin."""
        return _stream_of(self.bulletin_id)

    def known(self, item: Equipment, *_bulletins: Bulletin) -> bool:
        """Whether it was found not applicable."""
        return (self.bulletin_id, NOT_APPLICABLE) in item.bulletins

    def decide(self, item: Equipment, *bulletins: Bulletin) -> list[ConfigurationFact]:
        """Return the finding.

        Raises:
            UnknownReference, BulletinNotInForce, BulletinConcernsOthers: it is no bulletin for such items at all.
        """
        _require_concerned(item, bulletins)
        return [BulletinNotApplicable(bulletin_id=self.bulletin_id, reason=self.reason)]


def _stream_of(bulletin: UUID | None) -> tuple[StreamRef, ...]:
    return () if bulletin is None else (StreamRef("bulletin", bulletin),)


def _require_concerned(item: Equipment, bulletins: tuple[Bulletin, ...]) -> None:
    """Refuse what rests on a bulletin that is not in force, or not for such an item.

    An item that is not on record is left to the order of life, which says so.
    """
    for bulletin in bulletins if item.stage is not None else ():
        if bulletin.issued is None:
            raise UnknownReference("bulletin_id: it was not issued by then.", field="bulletin_id")
        if bulletin.withdrawn is not None:
            raise BulletinNotInForce
        if not bulletin.concerns(item.model_id, item.serial):
            raise BulletinConcernsOthers
