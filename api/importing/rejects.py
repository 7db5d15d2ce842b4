"""Rejects."""

from pathlib import Path

from api.importing.rows import Finding, Row, Unread


class Rejects:
    def __init__(self, folder: Path) -> None:
        self.f = folder

    def add(self, file: str, found: Finding, row: Row | Unread) -> None: ...
    def close(self) -> None: ...
