"""What is kept of a payload in an unknown layout: the layout, and no words."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from flows.collection.quarantine import skeleton

_WORDS = st.text(min_size=1, max_size=30)


def test_the_layout_stays_and_words_go() -> None:
    said = {"id": {"label": "x"}, "stars": [1, 2.5, None, True], "at": "2026-03-01T12:00:00Z", "山田": "花子"}
    assert skeleton(json.dumps(said)) == {
        "id": {"label": "<text 1>"}, "stars": [1, 2.5, None, True], "at": "<time>", "<key 2>": "<text 2>"
    }  # fmt: skip


def test_a_long_number_is_nobodys_to_keep() -> None:
    assert skeleton("[123456789012, 9012345678, 1234567, 123456]") == ["<number>"] * 3 + [123456]


def test_a_number_in_a_fields_name_is_nobodys_to_keep() -> None:
    assert skeleton('{"k090_1234_5678": 1, "im:rating2": 2}') == {"<key 14>": 1, "im:rating2": 2}


def test_json_within_a_text_is_opened() -> None:
    body = ")]}'\n\n" + json.dumps([["wrb.fr", "oCPfdb", json.dumps([["name", 5]])]])
    assert skeleton(body) == [["<text 6>", "<text 6>", {"<json>": [["<text 4>", 5]]}]]


def test_a_page_keeps_its_tags_and_the_layout_of_its_data() -> None:
    page = "<html><p title='Jane'>Jane</p><script>AF_initDataCallback({key: 'ds:5', hash: '1', data:[\"Jane\", 4], sideChannel: {}});</script></html>"  # noqa: E501
    kept = skeleton(page)
    assert kept == {"tags": ["html", "p", "script"], "data": {"ds:5": ["<text 4>", 4]}}


_TRACE = "\ue000secret\ue001"
_PAYLOADS = st.recursive(
    _WORDS.map(lambda word: word + _TRACE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=4),
)


@given(_PAYLOADS)
def test_no_word_of_any_payload_is_kept(said: object) -> None:
    assert "secret" not in json.dumps(skeleton(json.dumps(said)), ensure_ascii=False)
