"""Readers: files of others become rows, whatever they are packed in and however they are written."""

from api.importing.readers.files import files_of, name_of_file
from api.importing.readers.limits import Limits
from api.importing.readers.reading import Reading, read

__all__ = ["Limits", "Reading", "files_of", "name_of_file", "read"]
