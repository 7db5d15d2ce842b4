"""Every list that may be asked for, by the name of its question, answered within this process without a server.

Nothing is declared here: what there is to ask, with which filters, and how it is answered are the endpoints' own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from flask import Flask, g
from marshmallow import Schema

from api.asking import OfPages
from api.auth import Principal
from api.endpoints import register
from api.exporting import SENT, XLSX, Whole
from api.roles import Role
from api.services import services
from domain.kernel.fields import fields_of

_ID = re.compile("<uuid:([a-z_]+)>")
_PAGES = frozenset(each.name for each in fields_of(OfPages))


class Parameter(NamedTuple):
    """What may, or must, be said with a question."""

    name: str
    needed: bool
    meaning: str


class ListQuestion(NamedTuple):
    """A list that may be asked for."""

    name: str
    meaning: str
    address: str
    """With the names of the ids that stand in it in braces."""
    ids: tuple[str, ...]
    """What the question is about: each is needed."""
    parameters: tuple[Parameter, ...]
    member: type[Schema]
    """What its members are."""


@cache
def questions() -> Mapping[str, ListQuestion]:
    """Return every list that may be asked for, by its name: its address, without the ids that stand in it."""
    register(app := Flask("aftercare", static_folder=None))
    found = {}
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        if getattr(view, "members", None):
            name = "-".join(part for part in rule.rule.split("/")[2:] if not _ID.fullmatch(part))
            ids, address = tuple(_ID.findall(rule.rule)), _ID.sub(r"{\1}", rule.rule)
            found[name] = ListQuestion(
                name, _first_line(view), address, ids, tuple(_parameters(view.asks)), view.members
            )
    return dict(sorted(found.items()))


def _first_line(view: Any) -> str:
    return (view.__doc__ or "").strip().split("\n", 1)[0]


def _parameters(schema: type[Schema]) -> Iterator[Parameter]:
    for name, field in schema().fields.items():
        if name not in _PAGES:
            yield Parameter(field.data_key or name, field.required, str(field.metadata.get("description", "")))


@contextmanager
def answered(
    app: Flask,
    question: ListQuestion,
    ids: Mapping[str, UUID],
    query: Sequence[tuple[str, str]],
    *,
    headers: Mapping[str, str],
    asking: UUID,
) -> Iterator[Whole]:
    """Give the answer to a question as it is sent to one who sees everything: the operator of the installation.

    Args:
        app: the application.
        question: which.
        ids: what it is about.
        query: its parameters.
        headers: of the request: in which media type the list is wanted, XLSX too, and what it must contain.
        asking: by which id the one who asks is known.

    Raises:
        Refusal: as the endpoint refuses it.
        TooMany: no file of this kind can hold it.
    """
    address = question.address.format(**ids)
    with app.test_request_context(address, query_string=dict(query), headers=headers):
        organisation = services().settings.organisation
        g.principal = Principal(asking, Role.ADMINISTRATOR, organisation, everywhere=True)
        g.media_types = (*SENT, XLSX)
        answer = app.dispatch_request()
        assert isinstance(answer, Whole)
        with answer:
            yield answer
