"""Files on disk, and what they become by a mapping in a few lines; nothing is recorded."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from api.importing.accounts import Account
from api.importing.items import Items
from api.importing.lives import Unit
from api.importing.planning import Plan
from api.importing.rejects import Rejects
from api.importing.running import Files, looked_through
from tests.importing.mapping.plans import understood


class Become(NamedTuple):
    """What files became."""

    units: list[Unit]
    account: Account


def written(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write files; return the folders in which they stand."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return sorted({(folder / name).parent for name in files})


def become(text: str, *data: Path, rejects: Rejects | None = None) -> Become:
    """Look files through, as an import does first; raises as it does."""
    mapping, account = understood(text), Account(rejects)
    files = Files(data, account, lambda _: None, lambda _: None)
    files.require(mapping.sources.values())
    with Plan(mapping, files.rows) as plan, closing(Items(lambda _maker, _serial: None, ())) as items:
        return Become(list(looked_through(plan, mapping.phases, account, items)), account)
