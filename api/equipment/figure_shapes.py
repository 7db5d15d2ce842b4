"""How availability and fleet figures look to those who ask, beside the schemas that document them."""

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import ITEM_ID, STAGES
from api.shapes import ID, MOMENT, described, page_schema
from domain.equipment.availability import availability, hours_of
from domain.kernel.moments import from_micros
from projections.equipment.fleet_figures import Figures


def _hours(text: str) -> fields.String:
    example = described(f"{text} In hours, as a decimal number, written as text so that it stays exact.", "743.5")
    return fields.String(required=True, metadata=example)


class OfStatesSchema(Schema):
    """What technical states say, of all time that no reported period covers."""

    up = _hours("Operating, standby, idle or degraded.")
    down = _hours("With a fault, or under preventive maintenance.")
    disabled = _hours("Externally disabled.")
    not_in_service = _hours("Not in service.")


class OfReportsSchema(Schema):
    """What reported periods say: they take the place of the states."""

    up = _hours("Reported as up.")
    down = _hours("The rest of the reported totals.")
    not_in_service = _hours("What the totals leave of the length of their periods.")
    excess = _hours("What the totals have beyond the length of their periods.")


class BasisSchema(Schema):
    """On what the times rest."""

    states = fields.Nested(OfStatesSchema, required=True)
    reports = fields.Nested(OfReportsSchema, required=True)


class TimesSchema(Schema):
    """As what the time of items counted."""

    up = _hours("Up time.")
    down = _hours("Down time.")
    disabled = _hours("Time in which items could not work for a reason outside of them; it is neither.")
    not_in_service = _hours("Time in which items were not required to work; it is neither.")
    availability = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Up time ÷ (up time + down time), by EN 13306; null: there was neither.", "0.993271604938"),
    )
    basis = fields.Nested(BasisSchema, required=True, metadata={"description": "On what the times rest."})


_MONTH = described("The month, in UTC.", "2024-05")


class MonthTimesSchema(TimesSchema):
    """As what the time of an item counted in one month of the window."""

    month = fields.String(required=True, metadata=_MONTH)


class AvailabilitySchema(TimesSchema):
    """As what the time of one item counted in a window."""

    id = ITEM_ID
    from_ = fields.AwareDateTime(required=True, data_key="from", metadata=described("Where the window begins.", MOMENT))
    to = fields.AwareDateTime(
        required=True, metadata=described("Where it ends: not later than the moment that was asked about.", MOMENT)
    )
    months = fields.List(
        fields.Nested(MonthTimesSchema), metadata={"description": "The same by month, if that was asked for."}
    )
    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("The moment that was asked for; null: now.")
    )
    position = fields.Integer(required=True, metadata=described("As known at this position of the log.", 4711))


_COUNTS: dict[str, Any] = {
    stage: fields.Integer(required=True, metadata=described(f"Items at the stage {stage}.", 12)) for stage in STAGES
}
StagesSchema = type("StagesSchema", (Schema,), {**_COUNTS, "__doc__": "How many items were at each stage of life."})


class GroupSchema(Schema):
    """By what figures are grouped; what is not grouped by is null."""

    model_id = fields.UUID(required=True, allow_none=True, metadata=described("The model they were built to.", ID))
    operator_id = fields.UUID(required=True, allow_none=True, metadata=described("The organisation that ran them.", ID))
    site = fields.String(required=True, allow_none=True, metadata=described("Where they were.", "hall-1"))
    month = fields.String(required=True, allow_none=True, metadata=_MONTH)


class FigureSchema(TimesSchema, GroupSchema):  # fields of the last one stand first
    """What a group of items did in a window; what is not grouped by is null."""

    items = fields.Nested(
        StagesSchema, required=True, metadata={"description": "How many items were at each stage at the end."}
    )
    failures = fields.Integer(required=True, metadata=described("Failures reported, first signs left out.", 3))
    repairs_begun = fields.Integer(required=True, metadata=described("Repairs that were started.", 3))
    repairs_completed = fields.Integer(required=True, metadata=described("Repairs that were completed.", 2))
    restorations = fields.Integer(
        required=True, metadata=described("Completed repairs that ended a down state after a fault.", 2)
    )
    mean_time_to_restoration = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Down from the fault to the completed repair, on average, in hours; null: none.", "12.25"),
    )


FleetFiguresSchema = page_schema("FleetFigures", FigureSchema, "A page of figures by group.")


def times_of(found: Figures | None) -> dict[str, Any]:
    """Return as what time counted, as it is shown; of nothing on record there is no time."""
    if found is None:
        return _times(dict.fromkeys(OfStatesSchema().fields, 0), dict.fromkeys(OfReportsSchema().fields, 0))
    states = {name: getattr(found, name) for name in OfStatesSchema().fields}
    reports = {name: getattr(found, f"reported_{name}") for name in ("up", "down", "not_in_service")}
    return _times(states, {**reports, "excess": found.excess})


def _times(states: dict[str, int], reports: dict[str, int]) -> dict[str, Any]:
    times = {name: micros + reports.get(name, 0) for name, micros in states.items()}
    ratio = availability(times["up"], times["down"])
    return {
        **_shown(times),
        "availability": None if ratio is None else format(ratio, "f"),
        "basis": {"states": _shown(states), "reports": _shown(reports)},
    }


def _shown(times: dict[str, int]) -> dict[str, str]:
    return {name: shortly(hours_of(micros)) for name, micros in times.items()}


def shortly(hours: Decimal) -> str:
    """Return hours without zeros that say nothing."""
    text = format(hours, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def month_of(month: int) -> str:
    """Return a month, as it is shown."""
    return f"{from_micros(month):%Y-%m}"


def figure_of(found: Figures) -> dict[str, Any]:
    """Return the figures of a group, as they are shown."""
    mean = shortly(hours_of(found.restoration) / found.restorations) if found.restorations else None
    return {
        "model_id": found.model_id,
        "operator_id": found.operator_id,
        "site": found.place,
        "month": None if found.month is None else month_of(found.month),
        **times_of(found),
        "items": {stage: found.stages.get(stage, 0) for stage in STAGES},
        "failures": found.failures,
        "repairs_begun": found.begun,
        "repairs_completed": found.completed,
        "restorations": found.restorations,
        "mean_time_to_restoration": mean,
    }
