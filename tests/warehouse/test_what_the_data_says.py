"""What the data says of itself, in the marts: languages, versions that name none, answers, devices."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flows.pipeline import classify
from tests.builders import day, release, review, snapshot
from tests.warehouse.house import build_all, land, load, rows
from warehouse.analysis import read_facts
from warehouse.writes import writer


def _published(data: Path, select: str) -> list[dict[str, object]]:
    build_all(data)
    with writer(data) as w:
        return rows(w.con, select)


# As Google Play writes it in its languages, and VARY as a scraper does (docs/sources.md says who saw each).
PLACEHOLDERS = (
    "Varies with device", "VARY", "Зависит от устройства", "Varía según el dispositivo.",
    "Varieert per apparaat", "端末により異なります", "デバイスにより異なります", "기기에 따라 다릅니다",
    "因设备而异", "Cihaza göre değişir", "Varia de acordo com o dispositivo", "Varia in base al dispositivo",
    "Varie selon les appareils", "Variiert je nach Gerät", "gerätespezifisch", "يختلف حسب الجهاز", "",
)  # fmt: skip
NAMES = ("1", "1.0", "v2", "2.0-beta", "2021-03", "Build 7", "١.٢", "１．２")


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
            # As a load notes a text that a newer state of its review replaces.
            w.con.execute(
                "insert into core.undetected_texts select text_hash from core.reviews where review_id = 'b'"
            )
            w.con.execute("delete from core.reviews where review_id = 'b'")
        classify.detect_languages(tmp_path)
        with writer(tmp_path) as w:
            assert rows(w.con, "select language from inferred.languages") == [{"language": "en"}]
        monkeypatch.setattr(classify, "LANGUAGE_RULES", classify.LANGUAGE_RULES + 1)
        monkeypatch.setattr(classify, "language_of", lambda text: "xx")
        assert classify.detect_languages(tmp_path) == 1
        with writer(tmp_path) as w:
            assert rows(w.con, "select language from inferred.languages") == [{"language": "xx"}]


class TestPlaceholderVersions:
    def test_a_name_without_a_digit_names_no_version(self, tmp_path: Path) -> None:
        build_all(tmp_path)
        with writer(tmp_path) as w:
            for macro in ("core.is_placeholder_version", "is_placeholder_version"):
                told = {
                    name: w.con.execute(f"select {macro}(?)", [name]).fetchone()
                    for name in (*PLACEHOLDERS, *NAMES)
                }
                assert [name for name, (is_one,) in told.items() if is_one] == list(PLACEHOLDERS)
                assert w.con.execute(f"select {macro}(null)").fetchone() == (None,)

    def test_reviews_are_marked_and_counted_among_those_without_a_version(self, tmp_path: Path) -> None:
        land(
            tmp_path, "b1",
            review("a", version="Зависит от устройства", rating=1), review("b", version="1.0", rating=5),
            review("c", version=None, rating=2),
            release("1.0"), release("Зависит от устройства"),
            snapshot(version="端末により異なります"),
        )  # fmt: skip
        build_all(tmp_path)
        with writer(tmp_path) as w:
            told = rows(w.con, "select review_id, version, is_placeholder from reviews order by 1")
            assert [tuple(r.values()) for r in told] == [
                ("a", "Зависит от устройства", True), ("b", "1.0", False), ("c", None, False)
            ]  # fmt: skip
            columns = "version, has_version, n, share, mean"
            counted = rows(w.con, f"select {columns} from ratings_by_version order by 1 nulls last")
            assert [tuple(r.values()) for r in counted] == [
                ("1.0", True, 1, 1 / 3, 5.0), (None, False, 2, 2 / 3, 1.5)
            ]  # fmt: skip
            named = rows(w.con, "select review_id from reviews where has_version")
            assert named == [{"review_id": "b"}]
            assert rows(w.con, "select version from releases") == [{"version": "1.0"}]
            assert rows(w.con, "select is_placeholder as it_is from rating_snapshots") == [{"it_is": True}]
            scope = "in_scope(store, country, language, version, null, null, ['unknown'])"
            found = rows(w.con, f"select review_id from reviews where {scope} order by 1")
            assert [r["review_id"] for r in found] == ["a", "c"]

    def test_they_are_no_release_of_the_analysis_however_many_reviews_name_them(self, tmp_path: Path) -> None:
        said = [review(f"a{n}", version="Varies with device") for n in range(25)]
        said += [review(f"b{n}", version="3.1") for n in range(25)]
        land(tmp_path, "b1", *said, release("端末により異なります"))
        load(tmp_path)
        with writer(tmp_path) as w:
            (series,) = read_facts(w, "").series
        assert [(version, source) for version, _, source in series.releases] == [("3.1", "detected")]
        assert series.versions == ["3.1"]


def test_a_reply_from_before_the_present_state_is_told_apart(tmp_path: Path) -> None:
    land(
        tmp_path, "b1",
        review("edited", reviewed_at=day(5), seen_at=day(9), reply="Sorry", replied_at=day(2)),
        review("answered", reviewed_at=day(1), reply="Thanks", replied_at=day(2) + timedelta(hours=12)),
        review("no time", reply="Thanks"), review("no reply"),
    )  # fmt: skip
    columns = "reply_is_to_earlier as earlier, days_to_reply as days"
    found = _published(tmp_path, f"select review_id, {columns} from reviews order by 1")
    assert {r["review_id"]: (r["earlier"], r["days"]) for r in found} == {
        # how long it took to answer what stands there now is not known: it is not minus three days
        "edited": (True, None), "answered": (False, 1.5), "no time": (None, None), "no reply": (None, None)
    }  # fmt: skip


class TestRedactions:
    def test_those_of_text_and_reply_are_counted_apart(self, tmp_path: Path) -> None:
        land(
            tmp_path, "b1",
            review("both", reply="r", redactions=5, redactions_reply=2),
            review("text", redactions=3), review("none", reply="r"),
        )  # fmt: skip
        columns = "redactions, redactions_text, redactions_reply"
        found = _published(tmp_path, f"select review_id, {columns} from reviews order by 1")
        assert [tuple(r.values()) for r in found] == [
            ("both", 5, 3, 2), ("none", 0, 0, 0), ("text", 3, 3, 0)
        ]  # fmt: skip
        (told,) = _published(tmp_path, f"select {columns} from redactions")
        assert tuple(told.values()) == (8, 6, 2)

    def test_what_was_not_counted_apart_is_not_known(self, tmp_path: Path) -> None:
        land(tmp_path, "b1", review("old", reply="r", redactions=3), review("new", redactions=1))
        columns = "redactions, redactions_text, redactions_reply"
        found = _published(tmp_path, f"select {columns} from reviews order by review_id")
        assert [tuple(r.values()) for r in found] == [(1, 1, 0), (3, None, None)]
        (told,) = _published(tmp_path, f"select {columns} from redactions")
        assert tuple(told.values()) == (4, None, None)


def test_category_and_developer_are_the_newest_that_the_store_said(tmp_path: Path) -> None:
    land(
        tmp_path, "b1",
        snapshot(observed_at=day(1), category="TOOLS", developer="A"),
        snapshot(observed_at=day(2), category="HEALTH_AND_FITNESS", developer="B"),
        snapshot(observed_at=day(3)),
        review("a", device="Pixel 8"), review("b"),
    )  # fmt: skip
    (app,) = _published(tmp_path, "select category, developer from apps")
    assert tuple(app.values()) == ("HEALTH_AND_FITNESS", "B")
    found = _published(tmp_path, "select review_id, device from reviews order by 1")
    assert [tuple(r.values()) for r in found] == [("a", "Pixel 8"), ("b", None)]
