"""What may be asked of the papers of an item."""

from domain.equipment.papers import (
    CertificateExpired,
    CertificationRefused,
    Certified,
    PapersFact,
    PassportIssued,
    PassportRevised,
    ValidUntil,
    end_of,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import Authority, CertificateNumber, EquipmentId, PassportNumber, Reason, Stage
from domain.kernel.commands import command


@command("equipment.certify", decides=("equipment_id",), tells=Certified)
class CertifyEquipment:
    """Record that the item was found to conform. Safe to retry."""

    equipment_id: EquipmentId
    certificate: CertificateNumber
    authority: Authority
    valid_until: ValidUntil | None = None

    def known(self, item: Equipment) -> bool:
        """Whether this certificate is on record, and none is awaited."""
        awaited = item.stage in {Stage.RELEASED, Stage.QUARANTINED} or item.recertify
        told = (self.certificate, end_of(self.valid_until))
        return not awaited and (item.certificate, item.certificate_until) == told

    def decide(self, _item: Equipment) -> list[PapersFact]:
        """Return the certification."""
        return [Certified(certificate=self.certificate, authority=self.authority, valid_until=self.valid_until)]


@command("equipment.refuse_certification", decides=("equipment_id",), tells=CertificationRefused)
class RefuseCertification:
    """Say that the item was found not to conform: unless it is on its way or works it is set aside. Safe to retry."""

    equipment_id: EquipmentId
    authority: Authority
    reason: Reason

    def known(self, item: Equipment) -> bool:
        """Whether they refused it for this reason, and nothing was certified since."""
        return item.certification_refused == (self.authority, self.reason)

    def decide(self, _item: Equipment) -> list[PapersFact]:
        """Return the refusal."""
        return [CertificationRefused(authority=self.authority, reason=self.reason)]


@command("equipment.record_certificate_expiry", decides=("equipment_id",), tells=CertificateExpired)
class RecordCertificateExpiry:
    """Record that the certificate of the item came to its end without being renewed. Safe to retry."""

    equipment_id: EquipmentId
    certificate: CertificateNumber

    def known(self, item: Equipment) -> bool:
        """Whether the end of this certificate is on record."""
        return item.certificate_ended and item.certificate == self.certificate

    def decide(self, _item: Equipment) -> list[PapersFact]:
        """Return its end."""
        return [CertificateExpired(certificate=self.certificate)]


@command("equipment.issue_passport", decides=("equipment_id",), tells=PassportIssued)
class IssuePassport:
    """Issue the passport of a certified item: it states what is on record of it. Safe to retry."""

    equipment_id: EquipmentId
    passport: PassportNumber

    def known(self, item: Equipment) -> bool:
        """Whether the item has this passport."""
        return item.passport is not None and item.passport.number == self.passport

    def decide(self, _item: Equipment) -> list[PapersFact]:
        """Return the issue."""
        return [PassportIssued(passport=self.passport)]


@command("equipment.revise_passport", decides=("equipment_id",), tells=PassportRevised)
class RevisePassport:
    """Issue the passport anew under its number, after something that it states has changed. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason

    def known(self, item: Equipment) -> bool:
        """Whether it was revised for this reason, and nothing has changed since."""
        passport = item.passport
        return passport is not None and not passport.outdated and passport.reason == self.reason

    def decide(self, _item: Equipment) -> list[PapersFact]:
        """Return the revision."""
        return [PassportRevised(reason=self.reason)]
