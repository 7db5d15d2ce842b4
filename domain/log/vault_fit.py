"""Whether wrapping keys fit a vault, asked by those who must not change it."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any, NamedTuple, Protocol

from domain.log.vault_keys import secret_context
from domain.log.vault_rotation import in_use
from domain.log.vault_tables import VaultDatabase
from domain.log.wrapping import VaultFault, WrappingKeyMissing, WrappingKeys

_IDS = (
    "SELECT wrapped_by FROM subject_key WHERE wrapped_by IS NOT NULL UNION SELECT wrapped_by FROM secret"
    " ORDER BY wrapped_by"
)
_SECRETS = "SELECT name, number, wrapped_by, wrapped FROM secret ORDER BY name, number"


class Fit(NamedTuple):
    """How wrapping keys fit a vault."""

    keys_wrapped_by: dict[str, int]
    """The ids of the wrapping keys that the vault needs, each with how many keys it wraps."""
    fault: VaultFault | None
    """Why they do not fit; None: nothing says so."""


class Connected(Protocol):
    """A connection of either driver."""

    def execute(self, query: Any, /) -> Any:
        """Return a cursor."""


def fit_of(url: str, wrapping: WrappingKeys) -> Fit:
    """Return how wrapping keys fit the vault at a place. Nothing is made or changed, not even in a new vault.

    Raises:
        VaultFault: there is no vault at this place.
        Unavailable: the database does not answer.
    """
    with closing(VaultDatabase(url)) as database:
        counts = in_use(database)
        with database.reading() as connection:
            secrets = connection.exec_driver_sql(_SECRETS).all()
    try:
        _require(counts, secrets, wrapping)
    except VaultFault as fault:
        return Fit(counts, fault)
    return Fit(counts, None)


def require_fit(connection: Connected, wrapping: WrappingKeys) -> None:
    """Refuse wrapping keys that are not those of a vault, before it takes its place.

    Raises:
        VaultFault: one is missing, or does not open what it is said to have wrapped.
    """
    ids = [key_id for (key_id,) in connection.execute(_IDS).fetchall()]
    _require(ids, connection.execute(_SECRETS).fetchall(), wrapping)


def _require(ids: Iterable[str], secrets: Iterable[Sequence[Any]], wrapping: WrappingKeys) -> None:
    for key_id in ids:
        if key_id not in wrapping.ids:
            raise WrappingKeyMissing(key_id)
    for name, number, wrapped_by, wrapped in secrets:
        wrapping.unwrap(bytes(wrapped), secret_context(name, number), wrapped_by)
