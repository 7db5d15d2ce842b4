"""What a mapping says of how a file is written, before the file is looked at."""

from api.importing.faults import MappingFault
from api.importing.mapping import Shape
from api.importing.readers.texts import encoding_named

_ENDS = {"\r", "\n"}


def require_shape(where: str, shape: Shape) -> None:
    """See that a file can be written so.

    Raises:
        MappingFault: none can.
    """
    if shape.encoding is not None:
        try:
            encoding_named(shape.encoding, b"")
        except (LookupError, ValueError):
            raise MappingFault(f"{where}.encoding", f"there is no encoding {shape.encoding}, such as utf-8") from None
    signs = {name: getattr(shape, name) for name in ("separator", "quote", "escape")}
    for name, sign in signs.items():
        if sign in _ENDS:
            raise MappingFault(f"{where}.{name}", "a line ends there")
    if shape.separator == "":
        raise MappingFault(f"{where}.separator", "is empty")
    if shape.separator and shape.separator in (shape.quote, shape.escape):
        raise MappingFault(f"{where}.separator", "is the same sign as that around cells, or before a quote")
