"""What the data says of itself, in the marts: language, placeholders for versions, answers, redactions, devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.pipeline import classify
from tests.builders import review
from tests.warehouse.house import build_all, land, load, rows
from warehouse.writes import writer


def _published(data: Path, select: str) -> list[dict[str, object]]:
    build_all(data)
    with writer(data) as w:
        return rows(w.con, select)


class TestDetectedLanguage:
    def test_it_stands_beside_the_one_that_the_store_was_asked_for(self, tmp_path: Path) -> None:
        land(
            tmp_path, "b1",
            review("a", text="The app does not open since the update", language="ja"),
            review("b", text="ログインできません", language="ja"),
            review("c", text="最高", language="ja"),
            review("d", text=None, language="de"),
        )  # fmt: skip
        load(tmp_path)
        assert classify.detect_languages(tmp_path) == 3
        assert classify.detect_languages(tmp_path) == 0
        found = _published(
            tmp_path, "select review_id, language, detected_language as told from reviews order by 1"
        )
        assert [tuple(row.values()) for row in found] == [
            ("a", "ja", "en"), ("b", "ja", "ja"), ("c", "ja", None), ("d", "de", None)
        ]  # fmt: skip

    def test_other_rules_are_asked_anew_and_texts_that_are_gone_are_forgotten(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        land(tmp_path, "b1", review("a", text="The app does not open"), review("b", text="Muy útil, gracias"))
        load(tmp_path)
        classify.detect_languages(tmp_path)
        with writer(tmp_path) as w:
            w.con.execute("delete from core.reviews where review_id = 'b'")
        classify.detect_languages(tmp_path)
        with writer(tmp_path) as w:
            assert rows(w.con, "select language from inferred.languages") == [{"language": "en"}]
        monkeypatch.setattr(classify, "LANGUAGE_RULES", classify.LANGUAGE_RULES + 1)
        monkeypatch.setattr(classify, "language_of", lambda text: "xx")
        assert classify.detect_languages(tmp_path) == 1
        with writer(tmp_path) as w:
            assert rows(w.con, "select language from inferred.languages") == [{"language": "xx"}]
