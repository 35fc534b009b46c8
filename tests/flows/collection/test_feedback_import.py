"""Feedback of other channels: no consent, no import; nobody's name, address or id on disk."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.collection.feedback_import import ImportedFeedback, agreed, import_feedback
from flows.config.load import load_config
from flows.errors import InputError
from flows.intake.invitations import load_keys
from flows.privacy.consent_ledger import Ledger, pseudonym
from flows.sources.dumps.feedback_files import FeedbackOptions
from tests.builders import consent, day, erasure, feedback
from tests.builders import withdrawal as taken_back
from tests.searching import found
from tests.warehouse.house import land, load, rows
from warehouse.landing import Landing
from warehouse.writes import writer

PAYLOADS = Path(__file__).parents[2] / "payloads"
LATER = datetime(2026, 6, 1, tzinfo=UTC)
SURVEY = (
    "Response ID,Email Address,Name,Timestamp,rating,feedback,app_version\n"
    'respondent-one,hana@example.com,Hana,2026-03-01 10:00:00,4,"Too slow, call 090-1234-5678",2.0\n'
    "R2,ken@example.com,Ken,2026-03-02 10:00:00,,Works well now,2.0\n"
    "R3,hana@example.com,Hana,2026-03-03 10:00:00,5,Much better,2.1\n"
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def bring(
    path: Path, *, now: datetime = LATER, basis: str = "form of March", **wanted: Any
) -> ImportedFeedback:
    plain: dict[str, Any] = {
        "app": "app", "consent_version": "w1", "may_analyse": True, "may_quote": True, "cohort": "survey",
        "zone": UTC,
    }  # fmt: skip
    return import_feedback(path, FeedbackOptions(**(plain | wanted)), basis, load_config(), now=now)


def written(folder: Path, text: str, name: str = "survey.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def table(data: Path, select: str) -> list[dict[str, Any]]:
    load(data)
    with writer(data) as w:
        return rows(w.con, select)


def test_without_a_word_about_consent_it_refuses() -> None:
    for version, basis in ((None, "form"), ("w1", None), ("w1", "  ")):
        with pytest.raises(InputError, match="only with what its writers agreed to"):
            agreed(version, basis, analyse=True, quote=False)
    with pytest.raises(InputError, match="never a default"):
        agreed("w1", "form", analyse=True, quote=None)
    assert agreed("w1", "form, ask 090-1234-5678", analyse=True, quote=False) == (
        "w1", "form, ask [PHONE]", True, False,
    )  # fmt: skip


def test_a_survey_goes_in_with_pseudonyms_and_a_ledger(tmp_path: Path, data: Path) -> None:
    done = bring(written(tmp_path, SURVEY))
    assert (done.format, done.feedback, done.testers, done.redactions, done.rejected) == (
        "survey",
        3,
        2,
        1,
        [],
    )
    kept = table(
        data, "select text, rating, version, tester, may_quote from core.feedback order by submitted_at"
    )
    assert [(r["text"], r["rating"], r["version"]) for r in kept] == [
        ("Too slow, call [PHONE]", 4, "2.0"), ("Works well now", None, "2.0"), ("Much better", 5, "2.1"),
    ]  # fmt: skip
    hana = pseudonym(load_keys(data), " Hana@Example.com ")
    assert [r["tester"] == hana for r in kept] == [True, False, True]
    entry = Ledger.landed(Landing(data)).newest((hana, "app"))
    assert entry is not None
    assert (entry.wording, entry.basis, entry.may_contact, entry.cohort) == (
        "w1",
        "form of March",
        False,
        "survey",
    )


def test_no_name_address_or_id_of_a_person_reaches_the_disk(tmp_path: Path, data: Path) -> None:
    bring(written(tmp_path, SURVEY))
    load(data)
    assert found(data, ["hana", "Hana", "ken@", "example.com", "respondent-one", "90-1234-5678"]) == []
    assert found(data, ["Works well now"]) != []


def test_importing_again_changes_nothing_and_a_copy_is_the_same_file(tmp_path: Path, data: Path) -> None:
    bring(written(tmp_path, SURVEY))
    files = {p: p.read_bytes() for p in (data / "landing").rglob("*.gz")}
    packed = tmp_path / "copy.csv"
    packed.write_text(SURVEY, encoding="utf-8")
    assert bring(packed, now=day(300)).done_before
    assert {p: p.read_bytes() for p in (data / "landing").rglob("*.gz")} == files


def test_a_longer_export_adds_what_is_new_and_repeats_no_consent(tmp_path: Path, data: Path) -> None:
    bring(written(tmp_path, SURVEY))
    longer = SURVEY + "R4,mio@example.com,Mio,2026-03-04 10:00:00,3,Fine,2.1\n"
    bring(written(tmp_path, longer, "longer.csv"), now=day(200))
    assert table(data, "select count(*) as n from core.feedback") == [{"n": 4}]
    assert table(data, "select count(*) as n from core.consents") == [{"n": 3}]


def test_erased_and_withdrawn_people_are_left_out_and_counted(tmp_path: Path, data: Path) -> None:
    keys = load_keys(data)
    hana, ken = (pseudonym(keys, a) for a in ("hana@example.com", "ken@example.com"))
    land(data, "b1", erasure(hana, app=None, at=LATER), consent(ken), taken_back(ken))
    done = bring(written(tmp_path, SURVEY))
    assert (done.feedback, done.left_out) == (0, 3)
    assert table(data, "from core.feedback") == []


def test_own_columns_of_consent_only_narrow(tmp_path: Path, data: Path) -> None:
    text = (
        "person,date,text,may_quote\n"
        "a,2026-03-01,yes please,はい\n"
        "b,2026-03-01,no thanks,いいえ\n"
        "c,2026-03-01,said nothing,\n"
    )
    bring(written(tmp_path, text), mapping={"person": "person"})
    said = table(data, "select text, said_quote, may_quote from core.feedback order by text")
    assert [(r["text"], r["said_quote"], r["may_quote"]) for r in said] == [
        ("no thanks", False, False), ("said nothing", False, False), ("yes please", True, True),
    ]  # fmt: skip
    assert table(data, "select count(*) as n from core.consents where may_quote") == [{"n": 1}]


def test_rows_are_put_aside_without_their_words(tmp_path: Path, data: Path) -> None:
    text = (
        SURVEY
        + "R5,x@example.com,X,not a day,4,secret words,2.0\nR6,y@example.com,Y,2026-03-01,9,more secrets,2\n"
    )
    done = bring(written(tmp_path, text))
    assert [(r.row_number, r.field, r.reason, r.excerpt) for r in done.rejected] == [
        (5, "date", "unreadable_date", None), (6, "rating", "rating_out_of_range", None),
    ]  # fmt: skip
    load(data)
    assert found(data, ["secret"]) == []
    assert table(data, "select outcome, reason, rejected from core.coverage") == [
        {"outcome": "partial", "reason": "rejected_rows", "rejected": 2}
    ]


def test_an_id_that_is_a_my_number_is_refused_and_not_even_hashed(tmp_path: Path, data: Path) -> None:
    text = "Respondent ID,Timestamp,rating,feedback\n1234-5678-9012,2026-03-01,4,good\nP7,2026-03-01,5,fine\n"
    done = bring(written(tmp_path, text))
    assert [(r.row_number, r.reason, r.excerpt) for r in done.rejected] == [(2, "my_number", None)]
    assert [r["rating"] for r in table(data, "select rating from core.feedback")] == [5]
    assert found(data, ["123456789012", "1234-5678-9012"]) == []


def test_a_file_without_anybody_in_it_names_the_remedy(tmp_path: Path, data: Path) -> None:
    with pytest.raises(InputError, match=r"no column for person or id.*--map person=COLUMN"):
        bring(written(tmp_path, "date,text\n2026-03-01,words\n"))
    with pytest.raises(InputError, match=r"unknown field; did you mean 'person'"):
        bring(written(tmp_path, SURVEY), mapping={"persn": "Name"})


def test_firebase_reports_come_by_tester_address(tmp_path: Path, data: Path) -> None:
    report = {
        "name": "projects/1/apps/1:1:android:a/releases/r1/feedbackReports/fb1",
        "tester": "projects/1/testers/hana@example.com",
        "text": "crashes on start",
        "createTime": "2026-03-01T10:00:00.123456789Z",
        "screenshotUri": "https://example.invalid/s?token=x",
    }
    whole = written(tmp_path, json.dumps({"feedbackReports": [report], "nextPageToken": ""}), "f.json")
    lines = tmp_path / "f.jsonl.gz"
    lines.write_bytes(gzip.compress(json.dumps(report).encode() + b"\n"))
    assert [(bring(p).format, bring(p).done_before) for p in (whole, lines)] == [("firebase", True)] * 2
    (kept,) = table(data, "select tester, text, source from core.feedback")
    assert kept["tester"] == pseudonym(load_keys(data), "hana@example.com")
    assert (kept["text"], kept["source"]) == ("crashes on start", "feedback_file:firebase")
    assert found(data, ["hana@", "token=x"]) == []


def test_testflight_in_the_apis_own_shape_bears_the_apis_ids(tmp_path: Path, data: Path) -> None:
    document = {
        "data": [
            {
                "type": "betaFeedbackScreenshotSubmissions",
                "id": "AB12CD",
                "attributes": {
                    "createdDate": "2026-03-01T10:00:00.000Z", "comment": "slow", "email": "hana@example.com",
                    "locale": "ja-JP",
                },
                "relationships": {
                    "build": {"data": {"type": "builds", "id": "b1"}},
                    "tester": {"data": {"type": "betaTesters", "id": "tester-1"}},
                },
            },
            {"type": "betaFeedbackScreenshotSubmissions", "id": "X", "attributes": {"comment": "no date"}},
        ],
        "included": [{"type": "builds", "id": "b1", "attributes": {"version": "42"}}],
    }  # fmt: skip
    done = bring(written(tmp_path, json.dumps(document), "feedback.json"))
    assert (done.format, done.feedback, [r.reason for r in done.rejected]) == (
        "testflight",
        1,
        ["unreadable_date"],
    )
    (kept,) = table(data, "select feedback_id, text, version, language, tester from core.feedback")
    assert (kept["feedback_id"], kept["version"], kept["language"]) == ("AB12CD", "42", "ja")
    assert kept["tester"].startswith("testflight-")
    assert found(data, ["hana@"]) == []


def test_testflight_as_a_table_is_told_by_the_apis_names(tmp_path: Path, data: Path) -> None:
    text = (
        "id,createdDate,comment,email,locale,deviceModel\n"
        "AB1,2026-03-01T10:00:00Z,slow,hana@example.com,ja,iPhone15_3\n"
    )
    done = bring(written(tmp_path, text))
    assert done.format == "testflight"
    (kept,) = table(data, "select feedback_id, language, device from core.feedback")
    assert kept == {"feedback_id": "AB1", "language": "ja", "device": "iPhone15_3"}


def test_a_killed_import_is_begun_again(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, SURVEY)
    write = Landing.write

    def dies(self: Landing, kind: str, *args: Any) -> int:
        if kind == "rejected_rows":
            raise KeyboardInterrupt
        return write(self, kind, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Landing, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            bring(path)
    assert table(data, "from core.feedback") == []
    bring(path)
    assert table(data, "select count(*) as n from core.consents") == [{"n": 2}]
    assert table(data, "select count(*) as n from core.feedback") == [{"n": 3}]


def test_what_a_tester_said_in_the_form_governs_an_import_too(tmp_path: Path, data: Path) -> None:
    hana = pseudonym(load_keys(data), "hana@example.com")
    land(data, "b1", consent(hana, may_quote=False), feedback("f0", tester=hana))
    bring(written(tmp_path, SURVEY))
    shown = table(data, f"select distinct may_quote from core.feedback where tester = '{hana}'")
    assert shown == [{"may_quote": False}]


def test_an_entry_id_that_passes_to_another_person_is_another_piece_of_feedback(
    tmp_path: Path, data: Path
) -> None:
    # Were it the same piece, an erasure of the second person would take the first one's words away.
    bring(written(tmp_path, SURVEY))
    bring(written(tmp_path, SURVEY.replace("ken@", "mai@"), "later.csv"))
    kept = table(data, "select feedback_id, tester from core.feedback")
    assert (len(kept), len({r["feedback_id"] for r in kept}), len({r["tester"] for r in kept})) == (4, 4, 3)
