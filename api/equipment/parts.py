"""The parts of which the answer about one item is made, as the document has them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from api.shapes import ID, MOMENT, described
from domain.equipment.state import Equipment

_ONE_DAY = timedelta(days=1)


class CertificateSchema(Schema):
    """The certificate that an item has."""

    number = fields.String(required=True, metadata=described("Number of the certificate.", "EC-2024-1193"))
    valid_until = fields.Date(
        required=True,
        allow_none=True,
        metadata=described("Last day on which it is valid, in UTC; null: without end.", "2029-12-31"),
    )
    ended = fields.Boolean(
        required=True, metadata=described("Whether it is on record that it came to its end.", example=False)
    )


def valid_until(end: datetime | None) -> str | None:
    """Return the last day of a certificate, from the first moment after it."""
    return None if end is None else (end - _ONE_DAY).date().isoformat()


def certificate_of(item: Equipment) -> dict[str, Any] | None:
    """Return the certificate of an item as it is shown, if it has one."""
    if item.certificate is None:
        return None
    until = valid_until(item.certificate_until)
    return {"number": item.certificate, "valid_until": until, "ended": item.certificate_ended}


class ParentSchema(Schema):
    """Where a unit sits."""

    equipment_id = fields.UUID(required=True, metadata=described("The item that contains the unit.", ID))
    slot = fields.String(
        required=True, allow_none=True, metadata=described("Position in the parent that the unit fills.", "comp2")
    )


class InstalledUnitSchema(Schema):
    """A unit that is part of an item."""

    slot = fields.String(required=True, metadata=described("Position that the unit fills.", "comp2"))
    unit_id = fields.UUID(required=True, metadata=described("The unit, an item with a life of its own.", ID))


class PassportInForceSchema(Schema):
    """The passport of an item, as it is in force."""

    number = fields.String(required=True, metadata=described("Number of the passport.", "PP-2024-0117"))
    revision = fields.Integer(required=True, metadata=described("Which issue of it is in force, from 1 on.", 2))
    issued_at = fields.AwareDateTime(required=True, metadata=described("When that was issued.", MOMENT))
    outdated = fields.Boolean(
        required=True, metadata=described("Whether something that it states has changed since.", example=False)
    )


class LoanSchema(Schema):
    """To whom an item is lent."""

    borrower_id = fields.UUID(required=True, metadata=described("The organisation that has it on loan.", ID))
    until = fields.Date(
        required=True,
        allow_none=True,
        metadata=described("Last day of the loan, in UTC; null: without end.", "2026-12-31"),
    )


class MeterSchema(Schema):
    """One counter of an item. Values are decimal numbers in its unit, written as text so that they stay exact."""

    name = fields.String(required=True, metadata=described("Name of the counter.", "operating-time"))
    unit = fields.String(required=True, metadata=described("Unit of its values, as a UCUM symbol.", "h"))
    shown = fields.String(required=True, metadata=described("What it showed at its last reading.", "912.5"))
    total = fields.String(
        required=True,
        metadata=described("What the item has done by then: earlier counters and passes through 0 included.", "1912.5"),
    )
    read_at = fields.AwareDateTime(required=True, metadata=described("When it was read last.", MOMENT))
    modulus = fields.String(
        required=True, allow_none=True, metadata=described("Where it begins again at 0; null: never.", "100000")
    )


class DiagnosisSchema(Schema):
    """Why an item failed, by the last failure of this mode."""

    failure_mode = fields.String(required=True, metadata=described("How it failed, as a code.", "fail-to-start"))
    mechanism = fields.String(required=True, metadata=described("What happened inside it (ISO 14224).", "wear"))
    cause = fields.String(required=True, metadata=described("What led to that (ISO 14224).", "expected-wear"))
    slot = fields.String(
        required=True, allow_none=True, metadata=described("Position at which it was found, if told.", "comp2")
    )
    unit_id = fields.UUID(required=True, allow_none=True, metadata=described("The unit that failed, if told.", ID))


def diagnoses_of(item: Equipment) -> list[dict[str, str | UUID | None]]:
    """Return why an item failed, as it is shown, in order of mode and position."""
    told = sorted(item.diagnoses, key=lambda each: (each[0], each[3] or "", str(each[4] or ""), each[1:3]))
    return [
        {"failure_mode": mode, "mechanism": mechanism, "cause": cause, "slot": slot, "unit_id": unit}
        for mode, mechanism, cause, slot, unit in told
    ]


class ConditionSchema(Schema):
    """The last measurement of one parameter at one position."""

    parameter = fields.String(required=True, metadata=described("What was measured, as a code.", "vibration-velocity"))
    slot = fields.String(
        required=True,
        allow_none=True,
        metadata=described("At which position it was measured; null: no position was told.", "bearing-1"),
    )
    value = fields.String(required=True, metadata=described("A decimal number, written as text.", "2.8"))
    unit = fields.String(required=True, metadata=described("Its unit, as a UCUM symbol.", "mm/s"))
    measured_at = fields.AwareDateTime(required=True, metadata=described("When it was measured.", MOMENT))


class UpgradeSchema(Schema):
    """An upgrade that is under way."""

    purpose = fields.String(required=True, metadata=described("What it is for, as a code.", "retrofit-7"))
    bulletin_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The bulletin by which it is made, if any.", ID)
    )


class BulletinStatusSchema(Schema):
    """What became of a bulletin at an item."""

    bulletin_id = fields.UUID(required=True, metadata=described("The bulletin.", ID))
    status = fields.String(
        required=True, metadata=described("What became of it.", "applied", enum=["applied", "not_applicable"])
    )
