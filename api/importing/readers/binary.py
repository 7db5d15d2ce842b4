"""Files that hold no rows at all: pictures, programs, databases; known by how they begin."""

_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF87a", "a picture (GIF)"),
    (b"GIF89a", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"%PDF-", "a document (PDF)"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\0asm", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it, or use gzip, zstd or zip"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it, or use gzip, zstd or zip"),
    (b"\xfd7zXZ\0", "packed with xz: unpack it, or use gzip, zstd or zip"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file: save it as CSV"),
)
_SIGNS_OF_BINARY = (
    (b"MZ", "a program"),
    (b"BM", "a picture (BMP)"),
    (b"RIFF", "a sound, a film or a picture"),
    (b"ID3", "a sound (MP3)"),
    (b"OggS", "a sound or a film"),
    (b"BZh", "packed with bzip2: unpack it, or use gzip, zstd or zip"),
    (b"PAR1", "a Parquet file: save it as CSV"),
    (b"ARROW1", "an Arrow file: save it as CSV"),
    (b"Obj\x01", "an Avro file: save it as CSV"),
)
"""With these letters a text may begin too; then it has no NUL."""
_MEDIA = b"ftyp"
"""From the fifth byte on: films and pictures of many kinds."""


def kind_of_binary(sample: bytes) -> str | None:
    """Return what a file that begins like this is, if it is known to hold no rows."""
    signs = (*_SIGNS, *_SIGNS_OF_BINARY) if b"\0" in sample else _SIGNS
    if sample[4:8] == _MEDIA and b"\0" in sample[:4]:
        return "a film or a picture"
    return next((kind for sign, kind in signs if sample.startswith(sign)), None)
