"""Conditions of requests (RFC 9110 § 13): versions as ETags, repeats by key, and reads that wait for their write."""

import re
from hashlib import sha256
from typing import Any

from flask import Response, request

from api.refusals import MalformedRequest, PreconditionFailed
from api.services import asked_now, noted, services
from domain.application.receipts import Ask
from domain.kernel.refusals import NotOnRecord, Unavailable
from domain.kernel.streams import StreamRef
from domain.log.codec import canonical

_TAGS = re.compile(r'\s*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,\s*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")\s*)*')
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile(r"v(0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})*")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_POSITION = re.compile(r"[0-9]{1,18}")

_ANY = "*"
_MOST_VERSIONS = 16
WAIT_SECONDS = 1.0
"""How long a read waits for the position that it asks for."""


class PositionNotReached(Unavailable):
    """The answer does not contain yet what Min-Position asks for; try again."""

    code = "position-not-reached"
    outcome = "not-read"


def version_tag(version: int, *more: int) -> str:
    """Return the strong ETag of the state of a stream: its version, and those of other streams of which it tells.

    Of more than a few, a number that follows from all of them stands for them: headers are of limited size.
    """
    if len(more) > _MOST_VERSIONS:
        more = (int(sha256(canonical(list(more))).hexdigest()[:14], 16),)
    return f'"v{".".join(map(str, (version, *more)))}"'


def answer_tag(position: int, *parts: object) -> str:
    """Return the weak ETag of an answer of a read model: of the position it contains and of everything that chose it.

    Args:
        position: the answer is as known at this position of the log.
        parts: filter, sort, page and the scope of who asks.
    """
    asking = noted().get("principal")
    told = canonical([position, asking and str(asking.scope), asking and asking.role, [str(part) for part in parts]])
    return f'W/"{sha256(told).hexdigest()[:32]}"'


def expected_version(stream: StreamRef) -> int | None:
    """Return the version of a stream on which the request rests: If-Match, or `If-None-Match: *` for 0; None for any.

    Of several versions in If-Match the present one counts, or else the latest. Weak tags and tags of other answers
    match no version.

    Raises:
        MalformedRequest: a condition cannot be read, or both are given.
        PreconditionFailed: no version that was named can be one of this stream.
    """
    match_, none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if none_match is not None:
        if match_ is not None or none_match.strip() != _ANY:
            raise MalformedRequest("A command takes If-Match, or If-None-Match: * for what must not exist.")
        return 0
    if match_ is None:
        return None
    if match_.strip() == _ANY:
        if _version_of(stream) == 0:
            raise PreconditionFailed("Nothing is on record, and If-Match: * asks for something.")
        return None
    versions = [
        int(known[1]) for weak, tag in _tags(match_, "If-Match") if not weak and (known := _VERSION.fullmatch(tag))
    ]
    if not versions:
        raise PreconditionFailed(actual_version=_version_of(stream))
    if len(versions) == 1:
        return versions[0]
    present = _version_of(stream)
    return present if present in versions else max(versions)


def _version_of(stream: StreamRef) -> int:
    try:
        return services().ledger.state(stream).version
    except NotOnRecord:
        return 0


def _tags(text: str, name: str) -> list[tuple[bool, str]]:
    """Return the entity tags of a header, each with whether it is weak."""
    if not _TAGS.fullmatch(text):
        raise MalformedRequest(
            f'{name} is a list of entity tags such as "v17", or *.', code="entity-tag", parameter=name
        )
    return [(bool(weak), tag) for weak, tag in _TAG.findall(text)]


def unchanged(tag: str) -> bool:
    """Return whether the caller of a read has this answer already (If-None-Match, compared weakly).

    Raises:
        MalformedRequest: the condition cannot be read.
    """
    asked = asked_now().environ.get("HTTP_IF_NONE_MATCH")
    if asked is None:
        return False
    if asked.strip() == _ANY:
        return True
    return _TAG.fullmatch(tag)[2] in {known for _, known in _tags(asked, "If-None-Match")}  # type: ignore[index]  # our own


def tagged(answer: Response, tag: str) -> Response:
    """Give an answer its ETag; 304 without a body if the caller has it already."""
    answer.headers.add("ETag", tag)
    answer.headers.add("Cache-Control", "private, no-cache")
    answer.headers.add("Vary", "Authorization, Accept")
    if asked_now().method in {"GET", "HEAD"} and unchanged(tag):
        answer.status_code = 304
        answer.set_data(b"")
        del answer.headers["Content-Type"]
        answer.headers.remove("Content-Length")
    return answer


def ask(body: Any) -> Ask | None:
    """Return what makes the request repeatable: its Idempotency-Key, and everything that must be the same.

    Raises:
        MalformedRequest: the key is not 1 to 255 visible ASCII characters.
    """
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    key = given.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise MalformedRequest(
            "An Idempotency-Key has 1 to 255 visible ASCII characters.",
            code="idempotency-key",
            parameter="Idempotency-Key",
        )
    conditions = [request.headers.get("If-Match"), request.headers.get("If-None-Match")]
    route = str(request.url_rule)
    payload = canonical([request.method, request.path, *conditions, body])
    return Ask(route=f"{request.method} {route}", key=key, payload=payload)


def min_position() -> int | None:
    """Return the position that the answer must contain (header Min-Position), or None.

    Raises:
        MalformedRequest: it is not a position.
    """
    given = asked_now().environ.get("HTTP_MIN_POSITION")
    if given is None:
        return None
    if not _POSITION.fullmatch(given.strip()):
        raise MalformedRequest(
            "Min-Position is a position of the log, such as 4711.", code="min-position", parameter="Min-Position"
        )
    return int(given)


def wait_for_log() -> None:
    """Wait, bounded, until the log has the position that a read asks for.

    Raises:
        PositionNotReached: it has not in time.
    """
    asked = min_position()
    if asked is None or services().log.head().position >= asked:
        return
    if not services().log.wait_beyond(asked - 1, WAIT_SECONDS):
        raise PositionNotReached


def wait_for_views(*names: str) -> None:
    """Wait, bounded, until read models (all, or those named) have followed the log as far as a read asks for.

    Raises:
        PositionNotReached: they have not in time.
    """
    asked = min_position()
    if asked is not None and not services().projections.wait_for(asked, WAIT_SECONDS, names):
        raise PositionNotReached
