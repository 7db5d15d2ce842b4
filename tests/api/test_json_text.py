"""What is read as JSON, and what is refused."""

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
        (b'["\\ud800"]', "not-json"),
        (b'["\\udc00"]', "not-json"),
        (b'["\\ud800\\ud800"]', "not-json"),
        (b'["\\udc00\\ud800"]', "not-json"),
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
