"""Zip archives: their members one after another, each a stream; nothing of them is ever written to a disk."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from api.importing.readers.faults import fault
from api.importing.readers.limits import Limits
from api.importing.readers.packed import RAW, Bounds, Feed, inflated
from api.importing.readers.streams import Broken, Counted

_HEAD = struct.Struct("<4s5H3L2H")
_IN_EXTRA = 0xFFFFFFFF
"""Stands for a size of more than 32 bits."""
_SIGN = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZE_FOLLOWS, _UTF8 = 0x1, 0x8, 0x800
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
_HIDDEN = re.compile(r"(?:^|/)(?:\.|__MACOSX/)")


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    pieces: Iterator[bytes]


class _Entry(NamedTuple):
    """Where a member begins, and what is said of it."""

    name: str
    flags: int
    method: int
    start: int
    size: int | None
    """Compressed bytes; None: not known."""
    check: int | None


class Archive:
    """An archive as it stands in a file."""

    def __init__(self, file: str, source: Counted, limits: Limits) -> None:
        """Take the file; its table of contents is read, if it has one.

        Raises:
            FileFault: the table of contents makes no sense.
        """
        self._file = file
        self._source = source
        self._bounds = Bounds(source, limits)
        self._entries: list[_Entry] | None = None
        """None: the end is missing, and with it the table of contents; what there is can be read all the same."""
        if zipfile.is_zipfile(source.file):
            try:
                with zipfile.ZipFile(source.file) as archive:
                    self._entries = [self._entry(each) for each in archive.infolist() if not each.is_dir()]
            except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
                raise fault(file, 0, "damaged", "The table of contents of the archive is damaged.") from None

    def members(self, pattern: str | None) -> Iterator[Member]:
        """Yield the members whose name, or path, fits a pattern, by name; none that is hidden.

        Raises:
            FileFault: a member is not to be read, or none fits.
        """
        entries = iter(self._cut_entries()) if self._entries is None else iter(sorted(self._entries))
        found: set[str] = set()
        for entry in entries:
            if not _fits(entry.name, pattern):
                continue
            if entry.name in found:
                sentence = f"The archive has two files of the name {entry.name}: rows are known by it. Pack it anew."
                raise fault(self._file, 0, "file-name-twice", sentence)
            found.add(entry.name)
            yield Member(f"{self._file}/{entry.name}", self._pieces(entry))
        if self._entries is None:
            raise fault(self._file, 0, "truncated", "The archive is cut short.")
        if not found:
            wanted = f" that fits {pattern}" if pattern else ""
            raise fault(self._file, 0, "nothing-inside", f"The archive has no file{wanted}.")

    def _entry(self, info: zipfile.ZipInfo) -> _Entry:
        self._require_inside(info.orig_filename)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise fault(self._file, 0, "not-a-regular-file", f"The archive holds a link: {info.filename}.")
        return _Entry(
            info.filename, info.flag_bits, info.compress_type, info.header_offset, info.compress_size, info.CRC
        )

    def _require_inside(self, name: str) -> None:
        if _OUTSIDE.search(name):
            raise fault(self._file, 0, "path-outside", f"The archive names a file outside of it: {name!a}.")

    def _cut_entries(self) -> Iterator[_Entry]:
        """Yield members by what stands before each, up to where the archive breaks off."""
        position = 0
        while True:
            self._source.file.seek(position)
            head = self._source.file.read(_HEAD.size)
            if len(head) < _HEAD.size or not head.startswith(_SIGN):
                return
            _, _, flags, method, _, _, check, size, _, length, extra = _HEAD.unpack(head)
            raw = self._source.file.read(length)
            name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
            self._require_inside(name)
            known = size != _IN_EXTRA and not (size == 0 and flags & _SIZE_FOLLOWS)
            if not name.endswith("/"):
                yield _Entry(name, flags, method, position, size if known else None, check if known else None)
            if not known:
                return
            position += _HEAD.size + length + extra + size

    def _pieces(self, entry: _Entry) -> Iterator[bytes]:
        """Yield the bytes of a member."""
        if entry.flags & _ENCRYPTED:
            raise Broken("encrypted", "It is encrypted; it cannot be read.")
        if not 0 <= entry.start < self._source.size:
            raise Broken("damaged", "The table of contents of the archive is damaged.")
        if entry.method not in (_STORED, _DEFLATED):
            raise Broken(
                "compression-unknown", "It is compressed in a way that is not read here; use gzip, zstd or zip."
            )
        self._source.file.seek(entry.start)
        head = self._source.read(_HEAD.size)
        if len(head) < _HEAD.size or not head.startswith(_SIGN):
            raise Broken("damaged", "The archive is damaged.")
        self._source.file.seek(sum(_HEAD.unpack(head)[-2:]), 1)
        check = 0
        feed = Feed(_Part(self._source, entry.size).read)
        for piece in inflated(feed, RAW) if entry.method == _DEFLATED else _stored(feed, entry.size):
            check = zlib.crc32(piece, check)
            yield self._bounds.checked(piece)
        if entry.check is not None and check != entry.check:
            raise Broken("damaged", "The check sum of the archive is not that of its bytes.")


class _Part:
    """So many bytes of a file from where it stands."""

    def __init__(self, source: Counted, size: int | None) -> None:
        self._source = source
        self._left = source.size if size is None else size

    def read(self) -> bytes:
        data = self._source.read(min(self._source.piece, self._left))
        self._left -= len(data)
        return data


def _stored(feed: Feed, size: int | None) -> Iterator[bytes]:
    left = size or 0
    while left:
        piece = feed.take(left)
        left -= len(piece)
        yield piece


def _fits(name: str, pattern: str | None) -> bool:
    wanted = pattern is None or fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)
    return wanted and not _HIDDEN.search(name)
