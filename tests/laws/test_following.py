"""Laws of rows that follow others: however facts came, each row says what a plain look at that moment would say."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.equipment.custody import Stocked
from domain.equipment.life import Commissioned, Installed, Released, Removed
from domain.equipment.papers import Certified
from domain.kernel.facts import Fact
from domain.kernel.moments import FOREVER
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.following import gone_through
from projections.read_model import Following
from projections.timeline import Segment, Values
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.test_above import TREE, trees
from tests.projections.recording import MAKER, MODEL_ID, RUNNER, Said, fact_id, opened, record, rows_of

MODELS = (REGISTRY, TECHNICAL_STATE)
END = 6
KEYS = [UUID(int=number) for number in range(1, 6)]
links = st.none() | st.sampled_from(KEYS)


def _tell(_key: UUID, _own: Values, above: Values | None) -> Values:
    topmost = None if above is None else above["topmost"] if above["link"] else above["name"]
    return {"topmost": topmost}


RULE = Following(link="link", above=lambda own: own["link"], tell=_tell)


def _tell_loosely(_key: UUID, own: Values, above: Values | None) -> Values:
    alone = own["name"] if own["loose"] or own["link"] is None else None
    return {"topmost": alone if above is None else above["topmost"]}


LOOSELY = replace(RULE, tell=_tell_loosely, loosely=lambda own: own["loose"])


def _tell_kept(key: UUID, own: Values, above: Values | None) -> Values:
    alone = own["loose"] and above is not None and above["topmost"] is None
    return _tell_loosely(key, own, None if alone else above)


KEEPING = replace(
    LOOSELY,
    tell=_tell_kept,
    until=lambda own: own["began"] if own["loose"] and own["link"] is not None else FOREVER,
    kept=(("kept", "topmost"),),
)
"""What follows loosely does so as of the moment at which it began to."""


@st.composite
def courses(draw: st.DrawFn) -> dict[UUID, list[Segment]]:
    """Own values of keys over time, with gaps, rings, and links to what is not there."""
    found = {}
    for key in KEYS:
        bounds = sorted(draw(st.sets(st.integers(0, END), max_size=4)))
        ends = [*bounds[1:], *([FOREVER] if bounds else [])]
        found[key] = [
            Segment(begin, end, {"name": f"{key.int}-{begin}", "link": draw(links), "loose": draw(st.booleans())})
            for begin, end in zip(bounds, ends, strict=True)
            if draw(st.integers(0, 4))
        ]
    return found


def _at(course: Sequence[Segment], moment: int) -> Values | None:
    return next((each.values for each in course if each.valid_from <= moment < each.valid_to), None)


def _expected(found: dict[UUID, list[Segment]], key: UUID, moment: int) -> Values | None:
    own = _at(found[key], moment)
    if own is None:
        return None
    last, met = own, set()
    while (link := last["link"]) is not None and link not in met:
        met.add(link)
        above = _at(found[link], moment)
        if above is None:
            return own | {"topmost": None}
        last = above
    return own | {"topmost": None if last["link"] or last is own else last["name"]}


@given(courses())
def test_what_is_gone_through_is_at_each_moment_what_a_plain_climb_finds(found: dict[UUID, list[Segment]]) -> None:
    told = gone_through(RULE, found)
    for key in KEYS:
        for moment in range(END + 1):
            assert _at(told[key], moment) == _expected(found, key, moment)


@given(courses())
def test_what_follows_loosely_gives_way_in_a_ring(found: dict[UUID, list[Segment]]) -> None:
    told = gone_through(LOOSELY, found)
    for moment in range(END + 1):
        now = {key: own for key in KEYS if (own := _at(found[key], moment)) is not None}
        for key in KEYS:
            assert _at(told[key], moment) == (now[key] | {"topmost": _topmost(now, key)} if key in now else None)


def _topmost(now: dict[UUID, Values], key: UUID) -> str | None:
    """Return the name of the topmost above a key, where those that give way are cut off from what they follow."""
    links = {each: own["link"] for each, own in now.items()}
    cut = [each for each, own in now.items() if own["loose"] and each in _climbed(links, links[each])]
    cut += [each for each, own in now.items() if own["loose"] and own["link"] not in now]
    links |= dict.fromkeys(cut)
    last = [key, *_climbed(links, links[key])][-1]
    return now[last]["name"] if last in now and links[last] is None else None


def _climbed(links: dict[UUID, UUID | None], above: UUID | None) -> list[UUID]:
    met: list[UUID] = []
    while above is not None and above not in met:
        met.append(above)
        above = links.get(above)
    return met


@given(courses())
def test_what_follows_up_to_a_moment_stays_as_the_other_was_then(found: dict[UUID, list[Segment]]) -> None:
    began: dict[UUID, list[Segment]] = {}
    for key, course in found.items():
        last: Segment | None = None
        for each in course:
            goes_on = last is not None and last.valid_to == each.valid_from and _same_link(last.values, each.values)
            began.setdefault(key, []).append(
                last := each._replace(
                    values=each.values | {"began": last.values["began"] if last and goes_on else each.valid_from}
                )
            )
    told = gone_through(KEEPING, {key: began.get(key, []) for key in KEYS})
    at = [
        {key: own for key in KEYS if (own := _at(began.get(key, []), moment)) is not None} for moment in range(END + 1)
    ]
    for moment, now in enumerate(at):
        for key in KEYS:
            row = _at(told[key], moment)
            assert (row and row["topmost"]) == (_topmost_then(at, moment, key) if key in now else None)


def _same_link(one: Values, other: Values) -> bool:
    return all(one[name] == other[name] for name in ("link", "loose"))


def _topmost_then(at: Sequence[dict[UUID, Values]], moment: int, key: UUID) -> str | None:
    """Return the name of the topmost above a key; what left something as that was then, or it stays alone."""
    own = at[moment][key]
    above, loose = own["link"], own["loose"]
    if above is None:
        return str(own["name"])
    then = own["began"] if loose else moment
    ring = [key, *_climbed(_links_of(at, then), above)]
    if key in ring[1:]:
        cut = loose or not any(at[then][each]["loose"] for each in ring[: ring.index(key, 1)])
    else:
        cut = above not in at[then]
    found = None if cut else _topmost_then(at, then, above)
    return found or (own["name"] if loose else None)


def _links_of(at: Sequence[dict[UUID, Values]], moment: int) -> dict[UUID, UUID | None]:
    """Return what each key follows in what happens at a moment."""
    return {key: None if own["loose"] and own["began"] < moment else own["link"] for key, own in at[moment].items()}


def test_rows_are_the_same_in_whatever_batches_facts_came(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], batch: int) -> None:
        assert _followed(fresh(), facts, 1) == _followed(fresh(), facts, batch)

    law(database_kind, example, facts=trees(), batch=st.integers(2, 40))


def test_what_became_of_an_item_while_a_unit_was_inside_is_told_of_the_unit_that_left_since(fresh: Fresh) -> None:
    item, unit = TREE[:2]
    lives: list[tuple[StreamRef, Fact, int]] = [
        (each, fact, 0)
        for each in (item, unit)
        for fact in (
            Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="S-1"),
            Certified(certificate="EC-1", authority="NB-1"),
            Stocked(place="stock"),
        )
    ]
    lives += [(item, Installed(place="hall"), 0), (unit, Installed(parent_id=item.id, slot="pump"), 1)]
    lives += [(unit, Removed(to="in_stock"), 4), (item, Commissioned(operator_id=RUNNER, act="ACT-1"), 2)]
    facts = [Said(*each, fact_id(number)) for number, each in enumerate(lives)]
    assert _followed(fresh(), facts, 1) == _followed(fresh(), facts, 40)


def _followed(url: str, facts: Sequence[Said], batch: int) -> dict[str, Any]:
    log = opened(url)
    record(log, facts)
    engine = Engine(log, views_url(url), MODELS, batch=batch)
    engine.catch_up()
    with engine.views.read() as connection:
        found = {model.name: rows_of(connection, model) for model in MODELS}
    assert not any(each.error or each.parked for each in engine.positions().values())
    engine.close()
    log.close()
    return found
