"""Whether wrapping keys fit a vault, asked by those who must not change it."""

from contextlib import closing
from typing import NamedTuple

from sqlalchemy import select

from domain.log.vault_keys import secret_context
from domain.log.vault_rotation import in_use
from domain.log.vault_tables import VaultDatabase, secret
from domain.log.wrapping import VaultFault, WrappingKeyMissing, WrappingKeys


class Fit(NamedTuple):
    """How wrapping keys fit a vault."""

    keys_wrapped_by: dict[str, int]
    """The ids of the wrapping keys that the vault needs, each with how many keys it wraps."""
    fault: VaultFault | None
    """Why they do not fit; None: nothing says so."""


def fit_of(url: str, wrapping: WrappingKeys) -> Fit:
    """Return how wrapping keys fit the vault at a place. Nothing is made or changed, not even in a new vault.

    Raises:
        VaultFault: there is no vault at this place.
        Unavailable: the database does not answer.
    """
    with closing(VaultDatabase(url)) as database:
        counts = in_use(database)
        missing = [key_id for key_id in counts if key_id not in wrapping.ids]
        return Fit(counts, WrappingKeyMissing(missing[0]) if missing else _misfit(database, wrapping))


def _misfit(database: VaultDatabase, wrapping: WrappingKeys) -> VaultFault | None:
    """Return why the secrets of a vault do not open; none of them is kept."""
    with database.reading() as connection:
        rows = connection.execute(select(secret).order_by(secret.c.name, secret.c.number)).all()
    try:
        for row in rows:
            wrapping.unwrap(row.wrapped, secret_context(row.name, row.number), row.wrapped_by)
    except VaultFault as fault:
        return fault
    return None
