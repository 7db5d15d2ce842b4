"""The catalogue of facts: every permanent name with its fields, as a page for people."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from domain.kernel.facts import FactType, fields_at
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.marks import Refers

_HEAD = """\
# Facts

Every kind of fact that the log may hold. Names and fields are a file format: they are added to, never edited.
Generated from the declarations by `python -m domain catalogue --write`; a test holds it to them.
"""
_COLUMNS = ("Field", "Type", "Unit", "Required", "Personal", "Refers to", "Meaning")
_ANY = "error"
"""Facts of this name stand in streams of every kind."""


def catalogue(facts: Iterable[FactType]) -> str:
    """Return the page: a table of contents by kind of stream, then each fact with its fields."""
    kinds = [
        (kind, list(members))
        for kind, members in groupby(sorted(facts, key=lambda each: (_kind(each) == _ANY, each.name)), key=_kind)
    ]
    lines = [_HEAD, *_contents(kinds)]
    for kind, members in kinds:
        lines += ["", f"## {_title(kind)}"]
        for declared in members:
            lines += ["", *_fact(declared)]
    return "\n".join(lines) + "\n"


def _contents(kinds: Sequence[tuple[str, Sequence[FactType]]]) -> Iterator[str]:
    yield "| Stream | Facts |"
    yield "|---|---|"
    for kind, members in kinds:
        names = (f"[{each.name.partition('.')[2]}](#{each.name.replace('.', '')})" for each in members)
        yield f"| {_title(kind)} | {' · '.join(names)} |"


def _fact(declared: FactType) -> Iterator[str]:
    yield f"### {declared.name}"
    yield ""
    yield f"Version {declared.version}. {declared.meaning}"
    yield ""
    yield from _table(declared.fields)
    for version in range(declared.version - 1, 0, -1):
        yield ""
        yield f"As it was in version {version}:"
        yield ""
        yield from _table(fields_at(declared.name, version))


def _table(fields: Sequence[FieldSpec]) -> Iterator[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|" + "---|" * len(_COLUMNS)
    for field in fields:
        cells = (
            f"`{field.name}`",
            type_of(field.shape),
            field.shape.unit or (f"by `{beside}`" if (beside := field.shape.unit_beside) else ""),
            "yes" if field.required else "",
            f"of `{field.personal.subject}`, sealed" if field.personal else "",
            ", ".join(sorted(set(_kinds_referred_to(field.shape)))),
            field.meaning.replace("|", r"\|"),
        )
        yield f"| {' | '.join(cells)} |"


def type_of(shape: Shape) -> str:
    """Return the plain type of a value in words."""
    inside = [type_of(each) for each in shape.inside]
    match shape.plain:
        case Plain.LIST:
            return f"list of {inside[0]}"
        case Plain.PAIR:
            return f"({', '.join(inside)})"
        case _:
            return shape.plain.value


def _kinds_referred_to(shape: Shape) -> Iterator[str]:
    if mark := shape.mark(Refers):
        yield mark.kind
    for inside in shape.inside:
        yield from _kinds_referred_to(inside)


def _kind(declared: FactType) -> str:
    return declared.name.partition(".")[0]


def _title(kind: str) -> str:
    return "any stream" if kind == _ANY else kind
