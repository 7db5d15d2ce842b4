"""Numbers of files in other units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.units import UNITS, NoSuchConversion, conversion


@pytest.mark.parametrize(
    ("unit", "to", "number", "turned"),
    [
        ("min", "h", "90", "1.5"),
        ("s", "h", "1", "0.000277777778"),
        ("mi", "km", "1", "1.609344"),
        ("lb", "kg", "100", "45.359237"),
        ("psi", "bar", "100", "6.894757293168"),
        ("°C", "°F", "100", "212"),
        ("°F", "°C", "-40", "-40"),
        ("°C", "K", "0", "273.15"),
        ("d", "h", "0", "0"),
        ("h", "h", "0.10", "0.10"),
    ],
)
def test_known_values(unit: str, to: str, number: str, turned: str) -> None:
    assert str(conversion(unit, to)(Decimal(number))) == turned


@given(
    st.sampled_from(UNITS),
    st.sampled_from(UNITS),
    st.decimals(min_value=-10_000, max_value=10_000, places=3, allow_nan=False),
)
def test_there_and_back_is_the_same_to_nine_digits(unit: str, to: str, number: Decimal) -> None:
    try:
        there, back = conversion(unit, to), conversion(to, unit)
    except NoSuchConversion:
        return
    size = max(abs(number), Decimal(1))
    if abs(there(Decimal(1)) - there(Decimal(0))) > Decimal("0.001"):  # else its twelve places are too few
        assert abs(back(there(number)) - number) / size < Decimal("1e-6")


@pytest.mark.parametrize(("unit", "to"), [("h", "km"), ("kg", "°C"), ("h", "hours"), ("", "h")])
def test_what_does_not_measure_the_same_is_not_turned(unit: str, to: str) -> None:
    with pytest.raises(NoSuchConversion):
        conversion(unit, to)
