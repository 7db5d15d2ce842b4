"""Money: a decimal amount with its ISO 4217 currency, rounded half-even only where a rule says so."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from domain.kernel.refusals import Nonsense

_CODE = re.compile("[A-Z]{3}")
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""Wide enough that no sum of amounts is ever rounded on the way; the default of 28 digits is not."""
_EXPONENTS = {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3} | dict.fromkeys(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ),
    0,
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Amounts of different currencies never mix.

    Raises:
        Nonsense: the amount is not finite, or the currency is not three capital letters.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Refuse what cannot be an amount of money."""
        if not self.amount.is_finite():
            raise Nonsense("amount", "is not a finite number")
        if not _CODE.fullmatch(self.currency):
            raise Nonsense("currency", "is not an ISO 4217 code of three capital letters")

    def __add__(self, other: "Money") -> "Money":
        """Return the sum of two amounts of one currency."""
        if other.currency != self.currency:
            raise Nonsense("currency", f"{other.currency} cannot be added to {self.currency}")
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def rounded(self) -> "Money":
        """Return the amount in whole minor units (ISO 4217), half to even."""
        step = Decimal(1).scaleb(-_EXPONENTS.get(self.currency, 2))
        return Money(_EXACT.quantize(self.amount, step), self.currency)
