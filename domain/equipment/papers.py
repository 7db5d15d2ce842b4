"""The axis of papers: certificates and the passport. Names and fields of facts are a file format: add, never edit."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from domain.equipment.refusals import (
    CertificateStillValid,
    CertificateSuperseded,
    NotCertified,
    PassportAlreadyIssued,
    PassportNotIssued,
    PassportUpToDate,
)
from domain.equipment.state import Equipment, Passport
from domain.equipment.terms import Authority, CertificateNumber, PassportNumber, Reason
from domain.kernel.facts import event
from domain.kernel.marks import Example, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed

ValidUntil = Annotated[
    date, Meaning("Last day on which the certificate is valid, in UTC; none: without end."), Example("2029-12-31")
]


@event("equipment.certified")
class Certified:
    """The item was found to conform; without this it is neither stocked nor shipped nor commissioned."""

    certificate: CertificateNumber
    authority: Authority
    valid_until: ValidUntil | None = None


@event("equipment.certification_refused")
class CertificationRefused:
    """The item was found not to conform: what it had of a certificate is void, and a new item is set aside."""

    authority: Authority
    reason: Reason


@event("equipment.certificate_expired")
class CertificateExpired:
    """The certificate came to its end without being renewed."""

    certificate: CertificateNumber


@event("equipment.passport_issued")
class PassportIssued:
    """The passport of the item was issued: it states what is on record of it at this moment."""

    passport: PassportNumber


@event("equipment.passport_revised")
class PassportRevised:
    """The passport was issued anew under its number, as something that it states had changed."""

    reason: Reason


PapersFact = Certified | CertificationRefused | CertificateExpired | PassportIssued | PassportRevised


def evolve(item: Equipment, fact: PapersFact, at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case Certified():
            until = end_of(fact.valid_until)
            return changed(
                item,
                certificate=fact.certificate,
                certificate_until=until,
                certificate_ended=False,
                certification_refused=None,
                recertify=False,
            )
        case CertificationRefused():
            told = (fact.authority, fact.reason)
            return changed(
                item, certificate=None, certificate_until=None, certificate_ended=False, certification_refused=told
            )
        case CertificateExpired() if fact.certificate == item.certificate:
            end = at if item.certificate_until is None else min(at, item.certificate_until)
            return changed(item, certificate_until=end, certificate_ended=True)
        case CertificateExpired():
            return item
        case PassportIssued():
            return changed(item, passport=Passport(number=fact.passport, revision=1, issued_at=at))
        case PassportRevised() if item.passport:
            number, revision = item.passport.number, item.passport.revision + 1
            revised = Passport(number=number, revision=revision, issued_at=at, reason=fact.reason)
            return changed(item, passport=revised)
        case PassportRevised():
            return item


def check(item: Equipment, fact: PapersFact, at: datetime) -> Refusal | None:
    """Return why the papers of the item forbid the fact now, or None."""
    match fact:
        case CertificateExpired():
            if item.certificate is None:
                return NotCertified()
            if item.certificate != fact.certificate:
                return CertificateSuperseded(certificate=item.certificate)
            if item.certificate_until is None or at < item.certificate_until:
                return CertificateStillValid()
        case PassportIssued():
            if item.passport:
                return PassportAlreadyIssued(passport=item.passport.number)
            if item.certificate is None:
                return NotCertified()
        case PassportRevised():
            if item.passport is None:
                return PassportNotIssued()
            if not item.passport.outdated:
                return PassportUpToDate(revision=item.passport.revision)
        case Certified() | CertificationRefused():
            pass
    return None


def end_of(day: date | None) -> datetime | None:
    """Return the first moment after a last day of validity, in UTC; None if there is no end."""
    if day is None or day >= date.max:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def holds(item: Equipment, at: datetime) -> bool:
    """Return whether the item has a certificate that is valid at a moment."""
    return item.certificate is not None and (item.certificate_until is None or at < item.certificate_until)
