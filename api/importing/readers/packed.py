"""Compressed bytes become bytes: as a stream, never more at a time than a piece, and never more than is allowed.

How much there is shows only in what comes out: what a file says of its own size is not believed.
"""

import re
import zlib
from collections.abc import Callable, Iterator

import zstandard

from api.importing.readers.limits import Limits
from api.importing.readers.streams import Broken, Counted

GZIP, RAW = 31, -15
"""What zlib takes for a stream with the head and the tail of gzip, and for one without any, as in a zip."""
_SIGNS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"))
_SKIPPED = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
"""With which a frame of zstd begins that holds none of the data: `pzstd` puts one before each frame that does."""
_PIECE = 256 * 1024
"""Bytes that come out at a time."""
_LEAST = 512
"""Bytes that are taken first of a stream, as it may be a short one; then twice as many each time."""
_NOT_ZERO = re.compile(rb"[^\0]")
_ZSTD_AT_ONCE = 1024
"""Bytes given to zstd, which unpacks all it is given: 1 KiB comes to 32 MiB at the very most."""
_ZSTD_WINDOW = 1 << 27
"""Bytes that a stream of zstd may look back, and take of memory."""


def packing_of(head: bytes) -> str:
    """Return how a file that begins like this is packed: gzip, zstd, zip or none."""
    if _SKIPPED.match(head):
        return "zstd"
    return next((packing for sign, packing in _SIGNS if head.startswith(sign)), "none")


class Bounds:
    """Counts what comes out of compressed bytes."""

    def __init__(self, source: Counted, limits: Limits) -> None:
        """Take the file, which knows how much of it was read, and the limits."""
        self._source = source
        self._limits = limits
        self._count = 0

    def checked(self, piece: bytes) -> bytes:
        """Return what came out.

        Raises:
            Broken: it is more than is allowed.
        """
        self._count += len(piece)
        packed = min(self._source.count, self._source.size)
        limits = self._limits
        if self._count > limits.unpacked:
            raise Broken(
                "unpacks-to-too-much", f"It unpacks to more than {limits.unpacked} bytes; nothing more is read."
            )
        if self._count > max(limits.small, limits.ratio * packed):
            sentence = f"It unpacks to more than {limits.ratio} times its size; nothing more is read."
            raise Broken("unpacks-to-too-much", sentence)
        return piece


def unpacked(packing: str, source: Counted, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of a file that is one compressed stream, or more in a row, or none.

    Raises:
        Broken: the file is cut short, is damaged, or comes to too much.
    """
    bounds = Bounds(source, limits)
    match packing:
        case "gzip":
            yield from _streams(source, bounds, inflated)
        case "zstd":
            yield from _streams(source, bounds, _unzstd)
        case _:
            yield from source.pieces()


class Feed:
    """Compressed bytes on their way to be unpacked; what a stream leaves belongs to the next one."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        """Take what reads some bytes."""
        self._read = read
        self._data, self._at = b"", 0  # what was taken is not cut off: a piece may hold thousands of streams

    def take(self, most: int = _PIECE) -> bytes:
        """Return the next bytes.

        Raises:
            Broken: there is none.
        """
        if self._at >= len(self._data) and not self._more():
            raise Broken("truncated", "The file is cut short.")
        taken = self._data[self._at : self._at + most]
        self._at += len(taken)
        return taken

    def give_back(self, unused: bytes) -> None:
        """Hear how the bytes that were taken last end, if they are of the next stream."""
        self._at -= len(unused)

    def goes_on(self) -> bool:
        """Return whether anything but zeros follows, with which some writers fill a file up."""
        while True:
            if found := _NOT_ZERO.search(self._data, self._at):
                self._at = found.start()
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        self._data, self._at = self._read(), 0
        return bool(self._data)


def _streams(source: Counted, bounds: Bounds, one: Callable[[Feed], Iterator[bytes]]) -> Iterator[bytes]:
    """Yield what streams in a row come to, joined: there may be one for every byte."""
    held: list[bytes] = []
    size = 0
    feed = Feed(source.read)
    try:
        while feed.goes_on():
            for piece in one(feed):
                held.append(bounds.checked(piece))
                size += len(piece)
                if size >= _PIECE:
                    yield b"".join(held)
                    held, size = [], 0
    except Broken:
        if held:
            yield b"".join(held)
        raise
    if held:
        yield b"".join(held)


def inflated(feed: Feed, kind: int = GZIP) -> Iterator[bytes]:
    """Yield what one stream of zlib comes to."""
    unpacker = zlib.decompressobj(kind)
    data, most = b"", _LEAST
    while not unpacker.eof:
        try:
            piece = unpacker.decompress(data, _PIECE)
        except zlib.error:
            raise Broken("damaged", "The compressed bytes are damaged.") from None
        data = unpacker.unconsumed_tail
        if piece:
            yield piece
        elif not unpacker.eof:
            data, most = feed.take(most), min(2 * most, _PIECE)
    feed.give_back(unpacker.unused_data)


def _unzstd(feed: Feed) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
    while not unpacker.eof:
        try:
            whole = unpacker.decompress(feed.take(_ZSTD_AT_ONCE))
        except zstandard.ZstdError:
            raise Broken("damaged", "The compressed bytes are damaged.") from None
        for start in range(0, len(whole), _PIECE):
            yield whole[start : start + _PIECE]
    feed.give_back(unpacker.unused_data)
