"""How questions are answered: the state of one stream, and pages that stay stable while facts arrive."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from http import HTTPStatus
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, request

from api.answers import JsonAnswer
from api.asking import OfThePast, Past, past_of, wrong
from api.auth import Principal, allow_stream, principal
from api.conditions import answer_tag, tagged, wait_for_log
from api.cursors import Mark, Query
from api.exporting import TooMany, Whole, compressed, lines_of, media_type_asked, sent, written
from api.http import encode, state_answer, view_answer
from api.links import links_of
from api.parsing import JSON
from api.services import asked_now, services
from api.shapes import PageSchema, member_of
from domain.application.states import StateAnswer
from domain.kernel.streams import StreamRef
from projections.paging import MOST, Page, Place, Window
from projections.standing import state_of_rows

Item = TypeVar("Item")

LATEST: Place = (2**63 - 1, 2**63 - 1)
"""A place in a history beyond every fact: pairs of microseconds and position."""

NOT_FILTERS = frozenset({"limit", "cursor", "count"})
"""Parameters that do not choose or sort the members of a list: a cursor is good whatever they are."""


def _alone(_answer: StateAnswer, _past: Past) -> Sequence[StateAnswer]:
    return ()


def answered_state(
    action: str,
    stream: StreamRef,
    question: OfThePast,
    shown: Callable[..., dict[str, Any]],
    also: Callable[[StateAnswer, Past], Sequence[StateAnswer]] = _alone,
) -> Response:
    """Return the state of one stream: the present one with its version as strong ETag, a past one with a weak ETag.

    Args:
        action: what the caller must be allowed to ask.
        stream: of which stream.
        question: of which past.
        shown: makes the answer, of the state, the past that was asked for, and the states of `also`.
        also: the states of other streams of which the answer tells too.

    Raises:
        NotAllowed, NotOnRecord: the caller may not see it, or there is nothing to see.
    """
    allow_stream(action, stream)
    past = past_of(question)
    wait_for_log()
    answer = services().ledger.state(stream, as_of=past.as_of, known_at=past.known_at)
    others = also(answer, past)
    body, versions = shown(answer, past, *others), [each.version for each in others]
    if past.is_past:
        # What a stream was follows from its facts known by then: their number tells one answer from another.
        return view_answer(body, answer.version, *versions)
    return state_answer(body, answer.version, *versions)


@dataclass(frozen=True, kw_only=True)
class Paging:
    """One page of a question: where it begins, as known when, and how its cursors are made."""

    query: Query
    window: Window
    as_of: int | None
    known_at: int | None
    newest_first: bool
    begun: bool
    """Whether the page was reached by a cursor."""

    @property
    def file_name(self) -> str:
        """How a file of the whole list is named: as the question, without the version of its order."""
        return self.query.question.rpartition(".")[0].replace(".", "-")

    def in_order(self, items: Sequence[Any]) -> Sequence[Any]:
        """Return the items in the order that was asked for."""
        return items[::-1] if self.newest_first else items

    def links(self, page: Page[Any]) -> str:
        """Return the header `Link`: the first page, and those after and before this one."""
        after, before = (page.next, False), (page.previous, True)
        if self.newest_first:
            after, before = before, (page.next if self.begun else None, False)
        marks = {
            relation: None
            if place is None
            else Mark(known_at=page.position, place=tuple(map(_plain, place)), backwards=backwards)
            for relation, (place, backwards) in (("next", after), ("prev", before))
        }
        return links_of(self.query, marks)


Read = Callable[[Any, Paging], Page[Item]]
"""Reads a page: of the read models, as a paging says."""


def paging(
    name: str,
    question: Any,
    asking: Principal,
    *,
    place: Callable[[Sequence[Any]], Place],
    newest_first: bool = False,
    about: UUID | None = None,
) -> Paging:
    """Return which page a question asks for.

    Args:
        name: of the question, with the version of its order.
        question: what was asked: a class with the fields of `OfThePast` and `OfPages`.
        asking: who asks.
        place: makes a place of the question's order from what a cursor holds.
        newest_first: whether the pages go backwards from the end of a history.
        about: the one thing that the address names, if it does.

    Raises:
        CursorNotReadable, CursorOfAnotherQuery: the cursor is none of this question.
    """
    filters = {name: each for name, each in vars(question).items() if name not in NOT_FILTERS}
    query = Query(question=name, filters={**filters, "about": about}, scope=asking.scope)
    past = past_of(question)
    known_at, limit = past.known_at, question.limit
    window = Window(limit=limit, before=LATEST if newest_first else None, counted=question.count)
    if question.cursor is not None:
        mark = services().cursors.open(question.cursor, query)
        known_at, here = mark.known_at, place(mark.place)
        before, after = (here, None) if mark.backwards else (None, here)
        window = Window(limit=limit, before=before, after=after, counted=question.count)
    return Paging(
        query=query,
        window=window,
        as_of=past.micros,
        known_at=known_at,
        newest_first=newest_first,
        begun=question.cursor is not None,
    )


def answered_list(
    read: Read[Item],
    paging: Paging,
    schema: type[PageSchema],
    shown: Callable[[Item], dict[str, Any]],
    *,
    grows: bool = False,
    **more: object,
) -> Response:
    """Return a page of a list with links to the others; or the whole of it as NDJSON or CSV, if that is asked for.

    Args:
        read: reads a page.
        paging: which page was asked for.
        schema: of the pages.
        shown: makes what is shown of a member.
        grows: whether the answer changes as time goes by, without any fact.
        more: members of the page beside those that every page has.

    Raises:
        NotAcceptable: in no such media type.
        ShapeDiffers: the whole is asked for, and a limit.
        TooMany: the whole is asked for in a format that cannot hold it.
        TooManyLists: too many lists are under way.
    """
    media_type = media_type_asked()
    if media_type == JSON:
        return _answered_page(read, paging, shown, more)
    if "limit" in request.args:
        raise wrong("limit", f"is of pages: {media_type} has all members")
    lines = lines_of(media_type, member_of(schema))
    if lines.most is not None:
        paging = replace(paging, window=replace(paging.window, counted=True))
    seen, pages = _seen(paging), _pages(read, paging)
    first = next(pages)
    if lines.most is not None and (first.count or 0) > lines.most:
        raise TooMany(f"The list has {first.count:,} members, and .{lines.suffix} holds {lines.most:,} at most.")
    answer = Whole(content_type=lines.content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{paging.file_name}.{lines.suffix}"'
    if first.count is not None:
        answer.headers["X-Count"] = str(first.count)
    if grows and paging.as_of is None:
        answer.headers["Cache-Control"] = "private, no-cache"
    else:
        tagged(answer, answer_tag(first.position, media_type, request.full_path, *seen))
    answer.headers["Vary"] = "Authorization, Accept, Accept-Encoding"
    if request.method == "HEAD" or answer.status_code == HTTPStatus.NOT_MODIFIED:
        return answer
    end = services().limits.exporting(principal().id)
    answer.call_on_close(end)  # also where nothing was sent
    pieces = answer.pieces = written(chain((first,), pages), lines, shown)
    if request.accept_encodings.quality("gzip") > 0 and not lines.packed:
        answer.headers["Content-Encoding"], pieces = "gzip", compressed(pieces)
    answer.response = sent(pieces, end)
    return answer


def _answered_page(
    read: Read[Item], paging: Paging, shown: Callable[[Item], dict[str, Any]], more: Mapping[str, object]
) -> Response:
    with services().projections.views.ask() as views:
        page = read(views, paging)
    counted = {} if page.count is None else {"count": page.count}
    items = [shown(item) for item in paging.in_order(page.items)]
    body = encode({"items": items, "position": page.position, **counted, **more})
    # What a key of one organisation sees follows from what is so by now, and some answers from the time of day: the
    # same position does not always mean the same answer.
    tag = answer_tag(page.position, asked_now().full_path, sha256(body).hexdigest())
    answer = tagged(JsonAnswer(body), tag)
    answer.headers.add("Link", paging.links(page))
    return answer


def _pages(read: Read[Item], paging: Paging) -> Iterator[Page[Item]]:
    """Yield page after page, each read by itself, as known at the position of the first.

    Where a cursor leads back, that page is the first, and the list goes on from there in its own order.
    """
    views = services().projections.views
    forward = paging.newest_first is (paging.window.before is not None)
    window = replace(paging.window, limit=MOST) if forward else paging.window
    while True:
        with views.ask() as connection:
            page = read(connection, replace(paging, window=window))
        yield replace(page, items=tuple(paging.in_order(page.items)))
        place = page.previous if paging.newest_first else page.next
        if place is None:
            return
        paging = replace(paging, known_at=page.position)
        window = Window(limit=MOST, before=place) if paging.newest_first else Window(limit=MOST, after=place)


def _seen(paging: Paging) -> Sequence[object]:
    """Return what beside its position tells a list from another, read before the list is.

    Of one organisation that is also what is so by now.
    """
    with services().projections.views.ask() as views:
        rows = state_of_rows(views)
    if paging.query.scope is None:
        return rows
    return [*rows, *sorted((name, each.position) for name, each in services().projections.positions().items())]


def by_text(place: Sequence[Any]) -> Place:
    """Return a place in an order by a text and an id."""
    text, key = place
    return text, UUID(key)


def by_two_texts(place: Sequence[Any]) -> Place:
    """Return a place in an order by two texts and an id."""
    first, second, key = place
    return first, second, UUID(key)


def by_id(place: Sequence[Any]) -> Place:
    """Return a place in an order by id."""
    (key,) = place
    return (UUID(key),)


def by_time(place: Sequence[Any]) -> Place:
    """Return a place in an order by moment and position."""
    moment, position = place
    return moment, position


def by_time_and_id(place: Sequence[Any]) -> Place:
    """Return a place in an order by moment and id."""
    moment, key = place
    return moment, UUID(key)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
