"""A question is kept as it was read: for the same text at the same address, whoever asks, and for no other."""

from tests.api.callers import Bearer
from tests.api.whole.story import Story


def test_each_text_is_another_question_and_each_address_too(story: Story) -> None:
    for number in range(3):
        story.item(f"PX-{number}", steps=1)
    story.followed()
    for _ in range(2):
        for limit in (1, 2):
            query = f"limit={limit}"
            items = story.administrator.get(f"/v1/equipment?{query}")
            assert len(items.get_json()["items"]) == limit
            assert items.headers["Link"].startswith(f'</v1/equipment?{query}>; rel="first", </v1/equipment?{query}&')
            models = story.administrator.get(f"/v1/models?{query}")
            assert {each["designation"] for each in models.get_json()["items"]} == {"Press PX-40"}
            assert models.headers["Link"] == f'</v1/models?{query}>; rel="first"'


def test_what_was_refused_is_refused_again(story: Story) -> None:
    first, second = (story.administrator.get("/v1/equipment?limit=0&stage=gone") for _ in range(2))
    assert (first.status_code, second.status_code) == (422, 422)
    assert first.get_json()["errors"] == second.get_json()["errors"] != []


def test_who_may_not_ask_may_not_take_what_another_asked(story: Story, stranger: Bearer) -> None:
    story.item("PX-1", steps=1)
    story.followed()
    seen = story.administrator.get("/v1/equipment?limit=7").get_json()["items"]
    hidden = stranger.get("/v1/equipment?limit=7").get_json()["items"]
    assert (len(seen), hidden) == (1, [])
