"""Links from a page of a list to the others (RFC 8288)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from api.asking import LONGEST_KEPT
from api.cursors import Mark, Query
from api.services import asked_now, services
from domain.log.recent import Recent

_ADDRESSES: Recent[tuple[str, bytes], tuple[str, str]] = Recent(1_000)


def links_of(query: Query, marks: Mapping[str, Mark | None]) -> str:
    """Return the header `Link`: the first page, and by their relation those where marks stand."""
    first, beyond = _addresses()
    found = [f'<{first}>; rel="first"']
    for relation, mark in marks.items():
        if mark is not None:
            found.append(f'<{beyond}{services().cursors.seal(query, mark)}>; rel="{relation}"')
    return ", ".join(found)


def _addresses() -> tuple[str, str]:
    """Return where the first page is, and where those are that a cursor leads to, up to the cursor."""
    asked = asked_now()
    which = asked.path, asked.query_string
    if found := _ADDRESSES.get(which):
        return found
    given = [(name, value) for name, value in asked.args.items() if name != "cursor"]
    first = f"{asked.path}?{urlencode(given)}" if given else asked.path
    found = first, f"{first}{'&' if given else '?'}cursor="
    if len(asked.query_string) <= LONGEST_KEPT and "cursor" not in asked.args:
        _ADDRESSES.put(which, found)
    return found
