"""What is read as JSON, and what is refused."""

import re
from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.json_text import read_json
from api.refusals import MalformedRequest

KEYS = st.text(alphabet='ab"\\/~:{}[],\u00e9', max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    assert read_json(msgspec.json.encode(value)) == value


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ 1eu', max_size=60).map(str.encode))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    with suppress(MalformedRequest):
        read_json(octets)


def test_numbers_keep_every_digit() -> None:
    assert read_json(b"[0.10, 1E2, -0.0]") == [Decimal("0.10"), Decimal("1E2"), Decimal("-0.0")]
    assert str(read_json(b"12345678901234567890.123456789")) == "12345678901234567890.123456789"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b"[Infinity]", "not-json"),
        (b"[-Infinity]", "not-json"),
        (b"[01]", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b"[1,]", "not-json"),
        (b"{} {}", "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        (b'["\x01"]', "not-json"),
        (b'["\\ud800"]', "half-a-character"),
        (b'["\\udc00"]', "half-a-character"),
        (b'["\\ud800\\ud800"]', "half-a-character"),
        (b'["\\udc00\\ud800"]', "half-a-character"),
        (b'["\xff"]', "not-utf-8"),
        (b'["\xed\xa0\x80"]', "not-utf-8"),
        (b'{"a": 1e999999}', "number"),
        (b"[1e-999999]", "number"),
        (b"[0e999999]", "number"),
        (b"[1e99999999999999999999]", "number"),
        (b"[0." + b"1" * 5000 + b"]", "number"),
        (b"1" * 5000, "number"),
        (b"1" * 200, "number"),
        (b"[" * 100_000, "too-deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too-deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too-deep"),
        (b"[" * 65 + b"]" * 65, "too-deep"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:24]),
)
def test_what_is_ambiguous_or_beyond_use_is_refused(octets: bytes, code: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read_json(octets)
    assert [error.code for error in refused.value.errors] == [code]


@pytest.mark.parametrize(
    ("octets", "detail"),
    [
        (b" \n", "The body is empty, which is no JSON."),
        (b'{"a":\n  [1, ', "The body ends too early, at line 2, column 7: what was begun is not brought to its end."),
        (b'["\\ud8', "The body ends too early, at line 1, column 7: what was begun is not brought to its end."),
        (b'["\\ud83d\\', "The body ends too early, at line 1, column 10: what was begun is not brought to its end."),
        (
            b'{"\xc3\xa9": "\\\\\\ud800"}',
            "The body is not JSON at line 1, column 10: an escape is half of a surrogate pair, and so no character.",
        ),
        (
            b'["\\\\ud800", "\\ud800\\ud800"]',
            "The body is not JSON at line 1, column 26: an escape is half of a surrogate pair, and so no character.",
        ),
        (b'\n["\xc3\xa9\xff"]', "The body is not UTF-8 at line 2, column 4."),
        (b"\xff\xfe[\x00]\x00", "The body is not UTF-8 at line 1, column 1."),
        (b"\xef\xbb\xbf{}", "The body begins with a byte order mark, which JSON has not."),
        (b"[1, 2,\n]", "The body is not JSON at line 2, column 1: a comma stands before the end of a list."),
        (b"{'a': 1}", "The body is not JSON at line 1, column 2: a name in double quotes is missing."),
        (b'{"a": NaN}', "The body is not JSON at line 1, column 7: no value is written so."),
        (b'["\t"]', "The body is not JSON at line 1, column 3: a control character stands there as it is."),
        (b'{"1e999999": 1e999999}', "The number at line 1, column 14 has too many digits or too large an exponent."),
        (b"[1,\n" + b"9" * 99 + b"]", "The number at line 2, column 1 has too many digits or too large an exponent."),
        (b'["[",\n' + b"[" * 64, "The body is nested deeper than 64 levels, from line 2, column 64 on."),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_it_is_said_in_our_own_words_what_is_wrong_and_where(octets: bytes, detail: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read_json(octets)
    assert str(refused.value) == detail


@given(VALUES, st.data())
def test_a_body_that_was_cut_is_told_as_such(value: object, data: st.DataObject) -> None:
    whole = msgspec.json.encode([value])
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with pytest.raises(MalformedRequest, match=r"ends too early|is not UTF-8|a number is not written so"):
        read_json(cut)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ 1eud8D0c', max_size=60).map(str.encode))
def test_no_word_of_the_library_is_handed_on(octets: bytes) -> None:
    with suppress(MalformedRequest):
        read_json(octets)
        return
    with pytest.raises(MalformedRequest) as refused:
        read_json(octets)
    assert not re.search(r"malformed|truncated|\(byte|utf-16|codec", str(refused.value))


def test_nesting_up_to_the_limit_is_read() -> None:
    read_json(b"[" * 64 + b"]" * 64)
    read_json(b"[" + b"[]," * 500 + b"[]]")
    read_json(b'["' + b"[" * 500 + b'"]')


@pytest.mark.parametrize(
    ("octets", "pointer"),
    [
        (b'{"a": 1, "a": 1}', "/a"),
        (b'{"a": 1, "\\u0061": 2}', "/a"),
        (b'{"x": [0, {"b": {}, "a/b~": 1, "a/b~": 2}]}', "/x/1/a~1b~0"),
        (b'[{"a": 1}, {"a": 1}, [{"c": ":", "c": "}"}]]', "/2/0/c"),
        (b'{"": {"k": 1}, "": 2}', "/"),
    ],
)
def test_two_members_of_one_name_are_refused_with_their_place(octets: bytes, pointer: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read_json(octets)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, "duplicate-name")]


def test_a_text_that_never_ends_is_refused_without_searching_it_again_and_again() -> None:
    with pytest.raises(MalformedRequest):
        read_json(b'"' + b'\\"' * 500_000)
