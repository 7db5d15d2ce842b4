"""Units of measurement: every reading and duration of the trade carries one."""

from decimal import Decimal
from typing import Annotated

from domain.kernel.marks import Bounds, Example, Meaning, Unit

Hours = Annotated[Decimal, Unit("h"), Bounds(least=0, most=10_000_000), Example("900.5")]
"""Hours of operation: finite, not negative, below any machine's life."""

OperatingTime = Annotated[Hours, Meaning("Operating time shown by the item's counter, since it was new.")]
