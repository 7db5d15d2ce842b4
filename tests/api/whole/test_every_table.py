"""Every list in every format: read back, it has the members that pages of JSON have. A new list is here by itself."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
from flask import Flask

from api.exporting import CSV, NDJSON, PARQUET, XLSX, TooMany, Whole
from api.exporting_columns import columns_of
from api.exporting_xlsx import Xlsx
from api.lists import ListQuestion, answered, questions
from tests.api.whole.everything import NEEDED, OF_UNITS, Asked
from tests.api.whole.test_every_list import WHOLE
from tests.tables import MEDIA_TYPES, expected, read


@contextmanager
def taken(app: Flask, asked: Asked, question: ListQuestion, media_type: str) -> Iterator[Whole]:
    about = asked.ids | ({"equipment_id": asked.unit} if question.address in OF_UNITS else {})
    ids = {name: about[name] for name in question.ids}
    query = parse_qsl(NEEDED.get(question.address, ""))
    with answered(app, question, ids, query, headers={"Accept": media_type}, asking=uuid4()) as answer:
        yield answer


def members(asked: Asked, question: ListQuestion) -> list[Any]:
    answer = asked.get(question.address, "limit=1000")
    assert answer.status_code == 200
    found: list[Any] = answer.get_json()["items"]
    return found


def test_every_list_can_be_exported() -> None:
    assert sorted(each.address for each in questions().values()) == WHOLE


def test_every_list_is_the_same_in_every_format(app: Flask, asked: Asked, subtests: pytest.Subtests) -> None:
    for question in questions().values():
        with subtests.test(question.name):
            wanted = members(asked, question)
            assert wanted
            columns = columns_of(question.member)
            for media_type in MEDIA_TYPES:
                with taken(app, asked, question, media_type) as answer:
                    octets = b"".join(answer.pieces)
                assert read(media_type, octets, columns) == expected(media_type, wanted, columns), media_type
            with taken(app, asked, question, NDJSON) as answer:
                *lines, _ = map(json.loads, b"".join(answer.pieces).splitlines())
            assert lines == wanted


def test_a_list_that_a_sheet_cannot_hold_is_refused_before_it_begins(
    app: Flask, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = questions()["equipment"]
    count = len(members(asked, question))
    monkeypatch.setattr(Xlsx, "most", count)
    with taken(app, asked, question, XLSX) as answer:
        assert len(b"".join(answer.pieces)) > 0
    monkeypatch.setattr(Xlsx, "most", count - 1)
    with pytest.raises(TooMany, match=f"has {count} members, and .xlsx holds {count - 1} at most"):
        taken(app, asked, question, XLSX).__enter__()
    with taken(app, asked, question, CSV) as answer:
        assert len(list(answer.pieces)) > 1


def test_a_sheet_that_nobody_reads_is_not_begun(app: Flask, asked: Asked, recwarn: pytest.WarningsRecorder) -> None:
    question = questions()["equipment"]
    with taken(app, asked, question, XLSX):
        pass
    gc.collect()
    assert [str(each.message) for each in recwarn if each.category is ResourceWarning] == []


def test_a_parquet_file_over_the_interface_is_the_whole_list(asked: Asked) -> None:
    question = questions()["equipment"]
    answer = asked.get(question.address, Accept=PARQUET, Accept_Encoding="gzip")
    assert (answer.mimetype, answer.headers.get("Content-Encoding")) == (PARQUET, None)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="equipment.parquet"'
    columns = columns_of(question.member)
    assert read(PARQUET, answer.data, columns) == expected(PARQUET, members(asked, question), columns)
