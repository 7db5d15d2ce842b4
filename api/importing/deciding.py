"""Deciding before the first row: what a mapping says of the fields of a record that no row can make right."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.importing.faults import MappingFault
from api.importing.forms import Fixed, Form, Forms
from api.importing.mapping import Spec, Value
from domain.equipment.state import Equipment
from domain.kernel.fields import Plain, Shape


def fixed_parts(shape: Shape, value: Value, form: Form, forms: Forms) -> Iterator[tuple[Shape, Any]]:
    """Yield what is the same for every row: a value, the default of one, members of a list; each with its shape."""
    if isinstance(form, Fixed):
        yield shape, form.value
    elif isinstance(value, Spec) and value.default is not None:
        yield shape, value.default
    elif isinstance(value, list) and shape.plain in {Plain.LIST, Plain.PAIR}:
        inside = shape.inside * len(value) if shape.plain is Plain.LIST else shape.inside
        for each, member in zip(inside, value, strict=False):
            yield from fixed_parts(each, member, forms.form(member), forms)


def require_unit(where: str, fields: Mapping[str, Form]) -> None:
    """See that a counter is told in the unit in which it counts on every item, such as operating time in hours.

    Raises:
        MappingFault: it is not.
    """
    meter, unit = fields.get("meter"), fields.get("unit")
    if not isinstance(meter, Fixed) or not isinstance(unit, Fixed):
        return
    counts = Equipment().unit_of(str(meter.value))
    if counts is not None and unit.value != counts:
        raise MappingFault(f"{where}.unit", f"{meter.value} counts in {counts}, not in {unit.value}")
