"""Bytes of a file as they come, a piece at a time, and whether they came to their end."""

from collections.abc import Iterator
from typing import BinaryIO


class Broken(Exception):  # noqa: N818  what is wrong with them
    """The bytes of a file end before they should, or cannot be unpacked."""

    def __init__(self, code: str, sentence: str) -> None:
        """Take what is wrong."""
        self.code = code
        self.sentence = sentence
        super().__init__(sentence)


class Counted:
    """An open file that knows how many of its bytes were read."""

    def __init__(self, file: BinaryIO, size: int, piece: int) -> None:
        """Take a file from its beginning, how many bytes it has, and how many are read at a time."""
        self.file = file
        self.size = size
        self.piece = piece
        self.count = 0

    def read(self, most: int | None = None) -> bytes:
        """Return the next bytes, at most as many as asked for; empty at the end.

        Raises:
            Broken: the disk does not give them.
        """
        try:
            data = self.file.read(self.piece if most is None else most)
        except OSError as error:
            raise Broken("file-unreadable", f"{error.strerror}.") from None
        self.count += len(data)
        return data

    def pieces(self) -> Iterator[bytes]:
        """Yield all bytes that follow."""
        while data := self.read():
            yield data


class Stream:
    """Bytes that can be looked at before they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Take pieces, none of them empty; `Broken` where they cannot go on."""
        self.broken: Broken | None = None
        """Why the bytes ended before they should; known once all are read."""
        self._pieces = pieces
        self._ahead: list[bytes] = []

    def peek(self, most: int) -> bytes:
        """Return the bytes that come next, as many as asked for if there are so many."""
        size = sum(map(len, self._ahead))
        while size < most and (piece := self._pull()):
            self._ahead.append(piece)
            size += len(piece)
        self._ahead = [whole] if (whole := b"".join(self._ahead)) else []
        return whole[:most]

    def drop(self, count: int) -> None:
        """Leave out the bytes that come next."""
        self.peek(count)
        whole = b"".join(self._ahead)[count:]
        self._ahead = [whole] if whole else []

    def read(self) -> bytes:
        """Return the next piece; empty at the end."""
        return self._ahead.pop(0) if self._ahead else self._pull()

    def _pull(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except Broken as broken:
            self.broken = broken
            return b""
