"""How much a file of others may ask of this machine."""

from typing import NamedTuple

_KIB = 1 << 10
_MIB = 1 << 20
_GIB = 1 << 30


class Limits(NamedTuple):
    """What is refused, and told, beyond it."""

    cell: int = _MIB
    """Characters of a cell."""
    row: int = 16 * _MIB
    """Bytes of a row, and of a member of a JSON document."""
    columns: int = 16_384
    """Columns of a file: as many as a sheet may have."""
    unpacked: int = 64 * _GIB
    """Bytes that a compressed file, or a member of an archive, comes to."""
    ratio: int = 200
    """How many times its compressed size that may be, once it is more than `small`."""
    small: int = _MIB
    """Bytes that are never too many."""
    piece: int = 256 * _KIB
    """Bytes that are read at a time."""
    sample: int = 256 * _KIB
    """Bytes at the beginning of a file from which is found out how it is written."""
    held: int = 256 * _MIB
    """Bytes of a workbook that stands in a compressed file: it is read from memory."""


STANDARD = Limits()
