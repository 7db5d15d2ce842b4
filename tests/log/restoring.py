"""Backups of a recorded log, and places that they are restored into."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from domain.log.backup import Restored, restore_log
from domain.log.codec import Draft, encode
from domain.log.contract import Appended, Proposal
from domain.log.log import Log
from domain.log.vault import Vault
from domain.parties.organisation import MemberAdded
from migrations import known_revisions
from tests.log.recorded import CALLER, ORGANISATION, START, tables_of

TAKEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
KNOWN = {part: known_revisions(part) for part in ("log", "vault")}


def restore(source: Path, url: str, vault: Vault | None) -> Restored:
    return restore_log(source, url, vault, KNOWN["log"])


def append_member(log: Log, vault: Vault) -> int:
    """Record one more fact with sealed fields; return its position."""
    fact = MemberAdded(member_id=uuid4(), name="Member 2", email="member2@example.org", role="service")
    draft = Draft(ORGANISATION, fact, START + timedelta(days=50), uuid4())
    outcome = log.append(Proposal((encode(draft, CALLER, vault),), ()))
    assert isinstance(outcome, Appended)
    return outcome.first_position


def what_is_there(url: str) -> object:
    """Return everything at a place, or that there is nothing."""
    if url.startswith("sqlite"):
        path = Path(sa.make_url(url).database or "")
        return sorted(path.parent.iterdir()) if path.parent.exists() else []
    return tables_of(url)
