"""Laws: what is read sooner where it is plain is read as it always was."""

from contextlib import suppress
from dataclasses import MISSING
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from api.importing.faults import Wrong
from api.importing.filling import Filling
from api.importing.forms import Context
from api.importing.writings import reads
from domain import declared
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.refusals import Nonsense
from domain.kernel.values import check_value, check_words
from tests.importing.mapping.plans import READINGS, units

_PARTS = ("%d", "%m", "%Y", "%H", "%M", "%S")
_FORMATS = st.permutations(_PARTS).flatmap(
    lambda parts: st.tuples(
        st.integers(3, 6).map(lambda most: parts[:most]),
        st.lists(st.sampled_from(["", ".", "/", " ", "-", "T", ":", "[", "%%"]), min_size=6, max_size=6),
    ).map(lambda told: "".join(part + between for part, between in zip(told[0], told[1], strict=False)))
)
_MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001  as clocks show it


def read_by(read: Any, text: str) -> datetime | None:
    """Return what is read, or None."""
    try:
        found: datetime = read(text)
    except ValueError:
        return None
    return found


@given(_FORMATS, _MOMENTS, st.text("0123456789. :", max_size=3), st.integers(0, 20))
@example("%d.%m.%Y %H:%M", datetime(2026, 2, 1), "", 0)  # noqa: DTZ001
@example("%d.%m.%Y %H:%M:%S", datetime(2026, 2, 1), "60", 17)  # noqa: DTZ001  there is a 60th second
def test_a_text_is_read_in_a_format_as_by_the_standard_library(
    form: str, moment: datetime, other: str, place: int
) -> None:
    told = moment.strftime(form)
    for text in (told, told[:place] + other + told[place + len(other) :]):
        assert read_by(reads(form), text) == read_by(lambda each: datetime.strptime(each, form), text)  # noqa: DTZ007


_SAID = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"-?\d{1,20}(\.\d{1,20})?", fullmatch=True),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.integers(-(2**60), 2**60),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.uuids(),
    st.uuids().map(str),
    st.lists(st.text(max_size=5), max_size=3),
)
_FIELDS = [spec for name, each in sorted(declared.commands().items()) for spec in each.fields]


def taken(spec: FieldSpec, said: Any, *, quickly: bool) -> Any:
    """Return what a field comes to, as a command that holds it to its marks takes it; None: it is refused."""
    filling = Filling("record", spec, lambda _context: said, is_checked=quickly)
    try:
        value = filling.value(Context({}, {}))
        check_value(spec.name, spec.shape, value)
    except (Wrong, Nonsense):
        return None
    return value


@given(st.sampled_from(_FIELDS), _SAID)
@example(next(each for each in _FIELDS if each.shape.plain is Plain.DECIMAL), Decimal("1E+3"))
@example(next(each for each in _FIELDS if each.shape.plain is Plain.INTEGER), True)
@example(next(each for each in _FIELDS if each.shape.plain is Plain.DATE), datetime(2026, 2, 1, tzinfo=UTC))
def test_a_field_is_filled_in_quickly_with_what_it_is_filled_in_with_carefully(spec: FieldSpec, said: Any) -> None:
    quick, careful = taken(spec, said, quickly=True), taken(spec, said, quickly=False)
    assert (type(quick), quick) == (type(careful), careful)
    if isinstance(quick, Decimal):
        assert str(quick) == str(careful)  # its last digit counts


@given(st.text())
@example("\u200b \u200b")
@example("   ")
@example("a\x00")
@example("\ud800")
@example("line\nline")
def test_a_text_is_refused_that_is_blank_or_has_characters_that_nobody_sees(text: str) -> None:
    spec = FieldSpec("note", Shape(Plain.TEXT), optional=False, default=MISSING)
    with suppress(Nonsense):
        check_words("note", text)
        assert (taken(spec, text, quickly=True) == text) is (len(text) <= 1000)
        return
    assert taken(spec, text, quickly=True) is None


def test_of_several_faults_of_a_row_the_first_is_told_as_its_own() -> None:
    text = READINGS.replace('unit = "h"', 'unit = { of = "{item}", lookup = "of_items" }')
    text = text.replace("[[records]]", '[lookups.of_items]\nknown = "h"\n[[records]]', 1)
    _, heard = units(text, {"readings": [{"item": "b", "hours": "-5", "at": "2026-01-01T12:00:00Z"}]})
    assert [each.sentence for each in heard.findings] == ["reading: value is less than 0."]
