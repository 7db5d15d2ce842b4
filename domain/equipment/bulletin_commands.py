"""What a maker may say by bulletins."""

from typing import Annotated, Literal

from domain.equipment.bulletin import (
    Bulletin,
    BulletinFact,
    BulletinIssued,
    BulletinNumber,
    BulletinTitle,
    BulletinWithdrawn,
    MandatoryBy,
    ModelsConcerned,
    SerialFrom,
    SerialTo,
    serial_place,
)
from domain.equipment.model import Model
from domain.equipment.refusals import NotTheMaker
from domain.equipment.terms import BulletinId, ManufacturerId, Reason
from domain.kernel.commands import command
from domain.kernel.marks import Example, Meaning
from domain.kernel.refusals import Nonsense, UnknownReference
from domain.kernel.streams import StreamRef

BulletinKind = Annotated[
    Literal["service", "recall"],
    Meaning("What it is: a service bulletin, or a recall where safety demands it."),
    Example("service"),
]


@command("bulletin.issue", decides=("bulletin_id",), tells=BulletinIssued)
class IssueBulletin:
    """Ask that something be done to the items of models, or recall them. Safe to retry."""

    bulletin_id: BulletinId
    number: BulletinNumber
    kind: BulletinKind
    title: BulletinTitle
    manufacturer_id: ManufacturerId
    models: ModelsConcerned
    mandatory_by: MandatoryBy | None = None
    serial_from: SerialFrom | None = None
    serial_to: SerialTo | None = None

    def also(self, _bulletin: Bulletin, *_models: Model) -> tuple[StreamRef, ...]:
        """The models concerned: only their maker issues bulletins for them."""
        return tuple(StreamRef("model", model) for model in self.models)

    def known(self, bulletin: Bulletin, *_models: Model) -> bool:
        """Whether the same is on record."""
        return bulletin.issued == self._issued()

    def decide(self, _bulletin: Bulletin, *models: Model) -> list[BulletinFact]:
        """Return the issue.

        Raises:
            Nonsense: the last serial number is before the first.
            UnknownReference: a model was not registered by then.
            NotTheMaker: a model is another manufacturer's.
        """
        first, last = self.serial_from, self.serial_to
        if first is not None and last is not None and serial_place(last) < serial_place(first):
            raise Nonsense("serial_to", "is before serial_from; a shorter number is before a longer one")
        for model in models:
            if model.registered is None:
                raise UnknownReference("models: one of them was not on record by then.", field="models")
            if model.registered.manufacturer_id != self.manufacturer_id:
                raise NotTheMaker
        return [self._issued()]

    def _issued(self) -> BulletinIssued:
        return BulletinIssued(
            number=self.number,
            kind=self.kind,
            title=self.title,
            manufacturer_id=self.manufacturer_id,
            models=self.models,
            mandatory_by=self.mandatory_by,
            serial_from=self.serial_from,
            serial_to=self.serial_to,
        )


@command("bulletin.withdraw", decides=("bulletin_id",), tells=BulletinWithdrawn)
class WithdrawBulletin:
    """Say that the bulletin is in force no longer; what was done by it stays done. Safe to retry."""

    bulletin_id: BulletinId
    reason: Reason

    def known(self, bulletin: Bulletin) -> bool:
        """Whether it was withdrawn for this reason."""
        return [bulletin.withdrawn] == self.decide(bulletin)

    def decide(self, _bulletin: Bulletin) -> list[BulletinFact]:
        """Return the withdrawal."""
        return [BulletinWithdrawn(reason=self.reason)]
