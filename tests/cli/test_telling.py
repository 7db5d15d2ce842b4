"""What others wrote is shown as they wrote it, whatever it looks like."""

import pytest

from api.cli.telling import pace, progress, show, table

WRITTEN = "Pumps [/b] Ltd [sealed] :smiley: [link=x]y[/link]"


def test_texts_of_others_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    made = table(f"Of {WRITTEN}", f"name {WRITTEN}")
    made.add_row(WRITTEN)
    show(made)
    assert capsys.readouterr().out.count(WRITTEN) == 3


@pytest.mark.parametrize("shown", [progress, pace])
def test_so_are_they_while_something_goes_on(
    shown: "object", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    assert callable(shown)
    with shown(WRITTEN) as told:
        told(1, 2)
    assert WRITTEN in capsys.readouterr().err
