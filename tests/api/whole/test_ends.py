"""The register of ends over HTTP: every end of every item, how and by which documents, and what was undone."""

from typing import Any

from tests.api.callers import Bearer
from tests.api.whole.story import Story
from tests.api.whole.test_lives import asked


def test_the_register_of_ends_tells_how_and_by_which_documents(
    story: Story, operator: Bearer, stranger: Bearer
) -> None:
    item, other = story.item("PX-1"), story.item("PX-2")
    story.item("PX-3")
    story.do(item, "decommission", {"reason": "worn-out", "occurred_at": "2024-06-01T00:00:00Z"})
    story.do(other, "decommission", {"reason": "accident", "occurred_at": "2025-02-01T00:00:00Z"})
    waste: dict[str, Any] = {
        "method": "recycled",
        "waste_document": "WTN-1",
        "waste_code": "16 02 14",
        "mass": "1250.0",
        "materials": [["copper", "50.5"], ["steel", "1000"]],
        "occurred_at": "2025-03-01T00:00:00Z",
    }
    story.do(item, "dispose", waste)

    def ends(query: str, caller: Bearer | None = None) -> list[str]:
        return [each["serial"] for each in asked(story, f"/v1/end-of-life{query}", caller)["items"]]

    assert ends("") == ends("", operator) == ["PX-1", "PX-2", "PX-1"]
    assert ends("", stranger) == []
    assert ends("?stage=disposed") == ends("?method=recycled") == ["PX-1"]
    assert ends("?year=2025") == ["PX-2", "PX-1"]
    assert ends("?year=2024") == ["PX-1"]
    assert ends("?from=2025-02-01T00:00:00Z&to=2025-03-01T00:00:00Z") == ends("?year=2025&to=2025-03-01T00:00:00Z")
    assert ends("?year=2025&to=2025-03-01T00:00:00Z") == ["PX-2"]
    assert ends(f"?equipment_id={item}&stage=decommissioned&model_id={story.model}&undone=false") == ["PX-1"]
    assert ends("?as_of=2024-12-31T00:00:00Z") == ["PX-1"]
    disposed = asked(story, "/v1/end-of-life?stage=disposed")["items"][0]
    assert (disposed["end"], disposed["reason"], disposed["waste_code"]) == ("disposed", "worn-out", "16 02 14")
    assert disposed["mass"] == {"value": "1250.0", "unit": "kg"}
    assert disposed["materials"] == [
        {"material": "copper", "mass": {"value": "50.5", "unit": "kg"}},
        {"material": "steel", "mass": {"value": "1000", "unit": "kg"}},
    ]


def test_what_was_undone_stays_in_the_register_and_is_told_as_undone(story: Story) -> None:
    item, lost = story.item("PX-1"), story.item("PX-2")
    story.do(item, "decommission", {"reason": "worn-out", "occurred_at": "2024-06-01T00:00:00Z"})
    story.do(lost, "report-loss", {"reason": "stolen", "occurred_at": "2024-06-02T00:00:00Z"})
    refurbished = {"authority": "NB-0123", "occurred_at": "2025-06-03T00:00:00Z"}
    story.do(item, "authorise-refurbishment", refurbished)
    story.do(lost, "report-finding", {"place": "yard", "occurred_at": "2025-06-04T00:00:00Z"})
    found = asked(story, "/v1/end-of-life")["items"]
    told = [(each["serial"], each["end"], each["undone_at"], each["undone_by"]) for each in found]
    assert told == [
        ("PX-1", "decommissioned", "2025-06-03T00:00:00Z", "refurbished"),
        ("PX-2", "lost", "2025-06-04T00:00:00Z", "found"),
        ("PX-1", "refurbished", None, None),
    ]
    assert [(each["reason"], each["authority"]) for each in found] == [
        ("worn-out", None),
        ("stolen", None),
        ("worn-out", "NB-0123"),
    ]
    assert asked(story, "/v1/end-of-life?undone=true")["items"] == found[:2]
    listed = asked(story, "/v1/equipment?second_category=true")["items"]
    assert [each["id"] for each in listed] == [str(item)]
