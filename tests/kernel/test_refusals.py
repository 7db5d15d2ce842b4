import pytest

from domain import declared
from domain.kernel.refusals import Nonsense, Refusal, VersionDiffers


@pytest.mark.parametrize("refusal", declared.refusals().values(), ids=declared.refusals())
def test_every_refusal_is_a_sentence_and_says_what_would_be_accepted(refusal: type[Refusal]) -> None:
    assert refusal.sentence().endswith(".")
    assert refusal.accepted.endswith(".")


def test_the_code_is_the_name() -> None:
    assert VersionDiffers.code == "version-differs"


def test_two_refusals_never_share_a_code() -> None:
    with pytest.raises(TypeError, match="version-differs"):
        type("VersionDiffers", (Refusal,), {"__doc__": "Another one.", "__module__": "elsewhere"})


def test_a_refusal_without_a_meaning_is_none() -> None:
    with pytest.raises(TypeError, match="Mute"):
        type("Mute", (Refusal,), {})


def test_nonsense_does_not_repeat_the_value() -> None:
    nonsense = Nonsense("name", "is blank")

    assert (nonsense.field, nonsense.why, str(nonsense)) == ("name", "is blank", "name: is blank")


def test_a_refusal_says_its_sentence_unless_told_more() -> None:
    assert str(VersionDiffers("equipment:1", 3, 4)) == "equipment:1 is at version 4, not 3."
    assert Refusal().detail == Refusal.sentence()
