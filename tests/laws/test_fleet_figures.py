"""The law of fleet figures: in any window, at any moment, as known at any position, they equal plain integers."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from projections.engine import Engine
from projections.equipment import fleet_figures
from projections.equipment.fleet_figures import NEEDS, FigureFilter, Figures, Group
from projections.equipment.slices import Slice
from projections.paging import Page, Window
from projections.views import views_url
from tests.laws import figured
from tests.laws.figured import MINUTE, reported_lives
from tests.laws.fresh import Fresh, law
from tests.laws.states import HOURS
from tests.projections.recording import ITEMS, Said, micros, opened, record

ALL = Window(limit=1000)
GROUPS: tuple[tuple[Group, ...], ...] = (
    (),
    ("month",),
    ("model",),
    ("operator", "month"),
    ("site", "operator"),
    ("month", "site"),
)
_GROUP = {"model": "model_id", "operator": "operator_id", "site": "place"}
_NAMES = {**_GROUP, "month": "month"}
turns = st.lists(st.integers(-120, 60 * (HOURS + 2)) | st.just(-120), min_size=2, max_size=5, unique=True).map(sorted)
"""Where slices begin and end, in minutes."""


def sliced(turns: Sequence[int], as_of: int) -> list[Slice]:
    """Return slices that touch, cut at an hour."""
    moment = micros(as_of)
    found = []
    for number, minutes in enumerate(turns[:-1]):
        begin, end = (micros(0) + each * MINUTE for each in (minutes, turns[number + 1]))
        if begin <= moment:
            found.append(Slice(begin, min(end, moment), min(end - 1, moment), begin))
    return found


def told(found: Figures) -> Counter[str]:
    names = [name for name in Figures.__slots__ if name not in {"model_id", "operator_id", "place", "month", "stages"}]
    stages = {f"at_{stage}": number for stage, number in found.stages.items()}
    return +Counter({**{name: getattr(found, name) for name in names}, **stages})


def grouped(
    expected: dict[tuple[figured.Key, int], Counter[str]], by: Sequence[str]
) -> dict[tuple[Any, ...], Counter[str]]:
    """Return the sums of groups; where there are no months, the stages of the last one are told."""
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for (groups, month), found in expected.items():
        known = dict(zip(_GROUP, groups, strict=True)) | {"month": month}
        sums.setdefault(tuple(known[each] for each in by), Counter()).update(found)
    return {key: +found for key, found in sums.items() if +found}


class Question(NamedTuple):
    """What is asked: about which window, by what, of which group, and when and where from."""

    turns: list[int]
    by: tuple[Group, ...]
    of: int
    as_of: int
    known_at: int


def in_pages(ask: Callable[[Window], Page[Figures]]) -> list[Figures]:
    """Return what pages of two groups have, one after the other; and so from the end back, but for the last page."""
    found = [ask(Window(limit=2))]
    while found[-1].next is not None:
        found.append(ask(Window(limit=2, after=found[-1].next)))
    back = found[-1]
    for each in found[-2::-1]:
        assert back.previous is not None
        back = ask(Window(limit=2, before=back.previous))
        assert back.items == each.items
    assert back.previous is None
    return [figures for page in found for figures in page.items]


def check(engine: Engine, facts: Sequence[Said], asked: Question) -> None:
    """Compare figures by groups, those of each item, and those of one group, with plain integers."""
    months = sliced(asked.turns, asked.as_of)
    if not months:
        return
    slices = months if "month" in asked.by else [Slice(months[0].begin, months[-1].end, months[-1].last)]
    known_at = min(asked.known_at, len(facts))
    expected = figured.figures(facts, slices, asked.as_of, known_at)
    with engine.views.read() as connection:

        def ask(by: Sequence[Group], window: Window = ALL, **wanted: Any) -> Page[Figures]:
            past: Any = {"moment": micros(asked.as_of), "known_at": known_at}
            return fleet_figures.figures(connection, FigureFilter(**wanted), slices, window, by=by, **past)

        answer = {tuple(getattr(each, _NAMES[name]) for name in asked.by): told(each) for each in ask(asked.by).items}
        assert answer == grouped(expected, asked.by)
        assert in_pages(lambda window: ask(asked.by, window)) == list(ask(asked.by).items)
        if "month" in asked.by:
            return
        items = [found for item in ITEMS for found in ask((), equipment_id=item.id).items]
        assert sum(map(told, items), Counter()) == sum(expected.values(), Counter())
        if not expected:
            return
        wanted, _ = sorted(expected, key=repr)[asked.of % len(expected)]
        filters = dict(zip(_GROUP.values(), wanted, strict=True))
        if any(value is not None for value in wanted):
            fitting = [
                found
                for (groups, _), found in expected.items()
                if all(value in {None, group} for value, group in zip(wanted, groups, strict=True))
            ]
            assert sum(map(told, ask((), **filters).items), Counter()) == sum(fitting, Counter())


def test_figures_equal_plain_integers_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[Question]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), NEEDS, batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            assert {each.error for each in engine.positions().values()} == {None}
            for each in asked:
                check(engine, facts, each)
        finally:
            engine.close()
            log.close()

    question = st.builds(
        Question,
        turns=turns,
        by=st.sampled_from(GROUPS),
        of=st.integers(0, 10),
        as_of=st.just(HOURS + 1) | st.integers(0, HOURS + 1),
        known_at=st.just(1000) | st.integers(0, 60),
    )
    asked = st.lists(question, min_size=1, max_size=2)
    law(database_kind, example, facts=reported_lives(), asked=asked)
