from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from domain.kernel.money import Money
from domain.kernel.refusals import Nonsense
from tests.strategies import decimals

EURO = "EUR"


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_an_amount_is_a_number(amount: str) -> None:
    with pytest.raises(Nonsense):
        Money(Decimal(amount), EURO)


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "EU", "E1R", "\u0415UR", "EU "])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(Nonsense):
        Money(Decimal(1), currency)


def test_amounts_of_two_currencies_never_mix() -> None:
    with pytest.raises(Nonsense):
        _ = Money(Decimal(1), EURO) + Money(Decimal(1), "NOK")


@given(decimals(), decimals())
def test_a_sum_is_exact_however_many_digits_it_takes(one: Decimal, other: Decimal) -> None:
    total = (Money(one, EURO) + Money(other, EURO)).amount

    assert Fraction(total) == Fraction(one) + Fraction(other)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.125", "EUR", "0.12"),
        ("0.135", "EUR", "0.14"),
        ("-0.125", "EUR", "-0.12"),
        ("2.5", "JPY", "2"),
        ("3.5", "JPY", "4"),
        ("0.0005", "KWD", "0.000"),
        ("7", "EUR", "7.00"),
        ("999999999999999999.995", "EUR", "1000000000000000000.00"),
        ("123456789012345678.123456789012345678", "EUR", "123456789012345678.12"),
    ],
)
def test_rounding_is_half_to_even_in_the_minor_unit(amount: str, currency: str, rounded: str) -> None:
    assert str(Money(Decimal(amount), currency).rounded().amount) == rounded
