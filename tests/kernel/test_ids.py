import string
import unicodedata
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.ids import Ids, normal_text, reservation_id, source_key, uuid7

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
MAKER = UUID("01890a5d-ac96-774b-bcce-b302099a80aa")


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_fresh_id_has_the_layout_of_rfc_9562(milliseconds: int, randomness: bytes) -> None:
    made = uuid7(milliseconds, randomness)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == milliseconds
    kept = (0xFFF << 64) | (2**62 - 1)
    assert made.int & kept == int.from_bytes(randomness, "big") & kept


def test_the_example_of_rfc_9562_comes_out() -> None:
    randomness = (0xCC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(10, "big")

    assert uuid7(0x017F22E279B0, randomness) == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


def test_fresh_ids_follow_the_clock() -> None:
    moments = iter([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)])
    ids = Ids(lambda: next(moments), bytes)

    assert ids.fresh() < ids.fresh()


def test_keys_of_outside_facts_never_change() -> None:
    assert source_key("urn:example:factory", "4711") == UUID("87ee88c6-3fad-5a4b-b0d7-9488a5622867")
    assert source_key("urn:example:factory", "4711", 1) == UUID("10c1027a-6f4b-5435-aba6-f4a4ba46c35a")


@given(st.text(string.printable), st.text(string.printable), st.integers(0, 5))
def test_one_outside_record_gives_each_of_its_facts_another_key(source: str, external: str, index: int) -> None:
    others = [source_key(source, external, each) for each in range(6) if each != index]

    assert source_key(source, external, index) not in others


def test_no_outside_id_can_be_written_to_take_the_key_of_another() -> None:
    assert source_key("urn:example:factory", "4711", 1) != source_key("urn:example:factory", "4711\x001")


def test_reserved_ids_never_change() -> None:
    assert reservation_id(MAKER, "PX-2024-00017") == UUID("fa207a54-270c-55ea-9885-e3d2aba25161")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PX-17", "px-17"),
        ("PX-17", " PX-17\n"),
        ("PX 17", "PX \u3000 17"),
        ("PX-17", "\uff30\uff38-\uff11\uff17"),  # full width
        ("\u00c4-1", "A\u0308-1"),  # composed and decomposed
        ("STRASSE", "stra\u00dfe"),
        ("\ufb01n", "FIN"),  # ligature
        ("PX-17", "PX\u00ad-17"),  # soft hyphen
        ("PX-17", "\u200bPX-17\ufeff"),  # zero width
    ],
)
def test_two_writings_of_one_identifier_are_one(one: str, other: str) -> None:
    assert normal_text(one) == normal_text(other)
    assert reservation_id(MAKER, one) == reservation_id(MAKER, other)


@pytest.mark.parametrize(("one", "other"), [("PX-17", "PX-71"), ("PX 17", "PX17"), ("PX-1", "P\u0425-1")])
def test_two_identifiers_stay_two(one: str, other: str) -> None:
    assert normal_text(one) != normal_text(other)


@given(TEXT, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_normal_form_forgets_how_a_text_was_encoded_and_cased(text: str, form: str) -> None:
    normal = normal_text(text)

    assert normal_text(normal) == normal
    assert normal_text(text.casefold()) == normal
    assert normal_text(unicodedata.normalize(form, text)) == normal  # type: ignore[arg-type]  # one of the four forms


def test_the_same_number_of_two_makers_is_two() -> None:
    assert reservation_id(MAKER, "1") != reservation_id(UUID(int=1), "1")


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_have_the_same_normal_form_the_long_way(text: str) -> None:
    assert normal_text(text) == normal_text(text + "\u200b")  # what is invisible is left out, the long way
