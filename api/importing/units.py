"""Units in which files write numbers, and how one becomes another.

The factors are exact by definition, but for that of psi, which has no end and is given to 13 digits;
sources: BIPM, The International System of Units; NIST Special Publication 811.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal

_EXACT = Context(prec=34, rounding=ROUND_HALF_EVEN)
_MOST_PLACES = 12
_PLACES = Decimal(1).scaleb(-_MOST_PLACES)
"""A thirtieth of an hour has no end: what is turned has twelve digits behind the point, half to even."""

_BASES: dict[str, tuple[str, str]] = {
    "s": ("time", "1"),
    "min": ("time", "60"),
    "h": ("time", "3600"),
    "d": ("time", "86400"),
    "mm": ("length", "0.001"),
    "m": ("length", "1"),
    "km": ("length", "1000"),
    "in": ("length", "0.0254"),
    "ft": ("length", "0.3048"),
    "mi": ("length", "1609.344"),
    "g": ("mass", "0.001"),
    "kg": ("mass", "1"),
    "t": ("mass", "1000"),
    "lb": ("mass", "0.45359237"),
    "Pa": ("pressure", "1"),
    "kPa": ("pressure", "1000"),
    "bar": ("pressure", "100000"),
    "psi": ("pressure", "6894.757293168"),
    "J": ("energy", "1"),
    "kWh": ("energy", "3600000"),
    "W": ("power", "1"),
    "kW": ("power", "1000"),
    "mm/s": ("velocity", "0.001"),
    "m/s": ("velocity", "1"),
    "in/s": ("velocity", "0.0254"),
    "l": ("volume", "0.001"),
    "m3": ("volume", "1"),
    "gal": ("volume", "0.003785411784"),
}
_OFFSETS = {
    "K": ("1", "0"),
    "°C": ("1", "273.15"),
    "°F": ("0.5555555555555555555555555555555556", "255.3722222222222222"),
}
"""Temperatures: kelvin = factor times the number, plus the offset."""

UNITS = (*_BASES, *_OFFSETS)
"""Every unit that is known, by its symbol."""


class NoSuchConversion(ValueError):  # noqa: N818  a sentence
    """Two units are not of one quantity, or one is not known."""


def conversion(unit: str, to: str) -> Callable[[Decimal], Decimal]:
    """Return what turns a number in one unit into that in another; half to even in the twelfth place.

    Raises:
        NoSuchConversion: says why.
    """
    for each in (unit, to):
        if each not in UNITS:
            raise NoSuchConversion(f"{each} is not a known unit; known are {', '.join(UNITS)}")
    if unit == to:
        return lambda number: number
    if unit in _OFFSETS and to in _OFFSETS:
        return _between_temperatures(unit, to)
    if _BASES.get(unit, (unit,))[0] != _BASES.get(to, (to,))[0]:
        raise NoSuchConversion(f"{unit} cannot become {to}: they do not measure the same")
    times, over = Decimal(_BASES[unit][1]), Decimal(_BASES[to][1])
    return lambda number: _rounded(_EXACT.divide(_EXACT.multiply(number, times), over))


def _between_temperatures(unit: str, to: str) -> Callable[[Decimal], Decimal]:
    times, plus = map(Decimal, _OFFSETS[unit])
    over, minus = map(Decimal, _OFFSETS[to])

    def turned(number: Decimal) -> Decimal:
        kelvin = _EXACT.add(_EXACT.multiply(number, times), plus)
        return _rounded(_EXACT.divide(_EXACT.subtract(kelvin, minus), over))

    return turned


def _rounded(number: Decimal) -> Decimal:
    """Return a number with at most twelve digits behind the point, and no zeros at its end."""
    short = number.quantize(_PLACES, context=_EXACT) if int(number.as_tuple().exponent) < -_MOST_PLACES else number
    whole = short.to_integral_value()
    return whole.quantize(Decimal(1), context=_EXACT) if short == whole else short.normalize(_EXACT)
