"""What the interface itself refuses, before any rule of the trade is asked. Each has a page, as every refusal has."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.kernel.refusals import Refusal

_MOST_TOLD = 100
"""Faults of one request that are told: what is wrong in more places is wrong altogether."""


class Fault(NamedTuple):
    """What is wrong with one value of a request. The value itself is not repeated: it may be personal."""

    pointer: str | None
    """Where it stands in the body (RFC 6901); None if it is not in the body."""
    detail: str
    code: str
    parameter: str | None = None
    """The parameter or header that holds it."""


class MalformedRequest(Refusal):
    """The request cannot be read."""

    accepted = "JSON in UTF-8 (RFC 8259) without duplicate names, and headers and parameters as documented."

    def __init__(
        self, detail: str = "", *, code: str = "malformed", pointer: str | None = None, parameter: str | None = None
    ) -> None:
        """Say what cannot be read, and where: in the body, or in which parameter or header."""
        self.errors = (Fault(pointer, detail, code, parameter),) if detail else ()
        super().__init__(detail)


class ShapeDiffers(Refusal):
    """The request can be read, but is not of the documented shape."""

    accepted = "The shape documented in /openapi.json."

    def __init__(self, errors: Sequence[Fault]) -> None:
        """Name the values that are wrong: the first hundred, and how many there are."""
        self.errors = tuple(errors[:_MOST_TOLD])
        super().__init__(f"{len(errors)} of the values are not as documented." if len(errors) > 1 else "")


class BodyTooLarge(Refusal):
    """The body is larger than what is read."""

    accepted = "A body of at most `most_bytes` bytes; what is more, in several requests."


class MediaTypeNotRead(Refusal):
    """The body is of a media type that is not read here."""

    accepted = "application/json"


class NotAcceptable(Refusal):
    """The answer cannot be given in any media type that was asked for."""

    accepted = "One of the media types that /openapi.json names for the address."


class NoSuchResource(Refusal):
    """There is nothing at this address."""

    accepted = "An address of /openapi.json."


class MethodNotAllowed(Refusal):
    """The address does not take this method."""

    accepted = "One of the methods in the header Allow."


class KeyNotValid(Refusal):
    """The request has no API key, or one that is not valid."""

    accepted = "The header `Authorization: Bearer ak_…` with a key that was issued and not revoked."


class KeyExpired(Refusal):
    """The API key was valid and is no longer."""

    accepted = "A new key."


class NotAllowed(Refusal):
    """The role or organisation of the API key does not allow this."""

    accepted = "A key of a role and organisation that may."


class PreconditionFailed(Refusal):
    """What is on record is not at any of the versions that If-Match names."""

    accepted = 'The present version, as the header ETag of the last answer gave it, such as `"v17"`.'


class TooManyRequests(Refusal):
    """The API key has used up what it may ask for in this time."""

    accepted = "The same request after the seconds in the header Retry-After."


class CursorOfAnotherQuery(Refusal):
    """The cursor belongs to another question, filter or organisation."""

    accepted = "The cursor with the parameters with which it was given, or no cursor."


class CursorNotReadable(Refusal):
    """The cursor was not given by this server, was changed, or is too old to be read."""

    accepted = "A cursor of a `Link` header as it was given, or no cursor."


class SealedValueDamaged(Refusal):
    """A value that is kept sealed was changed since it was recorded, and does not open any more."""

    accepted = "The same request once whoever runs the server has restored the log: `aftercare verify` names the fact."


class InternalFault(Refusal):
    """Something is wrong on our side. Whether it happened before or after recording is not known."""

    accepted = "The same request with the same Idempotency-Key."
