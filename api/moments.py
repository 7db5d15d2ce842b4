"""Times that a question may name: what lies in the future is on no record."""

from datetime import datetime

from api.refusals import Fault, ShapeDiffers
from api.services import services


def not_in_the_future(parameter: str, moment: datetime) -> datetime:
    """Return a moment that a question names.

    An answer about later than now would change with every fact that arrives, and say of none that it was so.

    Raises:
        ShapeDiffers: it is later than now, clocks that differ apart.
    """
    if moment > services().now() + services().settings.tolerance:
        fault = Fault(None, "is later than now: nothing is on record of the future", "in-the-future", parameter)
        raise ShapeDiffers([fault])
    return moment
