"""Whose feedback `hoshiyomi erase` means, and what `disclose` tells."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from flows.errors import InputError
from flows.lock import RefreshRunning, refresh_lock
from flows.privacy.clock import utc_now
from flows.privacy.consent_ledger import Ledger
from flows.privacy.erase_command import Wanted, execute_erasure, of_tester, of_wording
from flows.privacy.subject_access import subject_access
from tests.builders import consent, day, feedback
from tests.builders import withdrawal as taken_back
from tests.conftest import hoshiyomi
from tests.flows.privacy.erasing import execute
from tests.searching import found
from tests.warehouse.house import classify, land, load
from warehouse.landing import Landing
from warehouse.reads import current
from warehouse.writes import FILE, writer

NOW = day(20)


def test_a_stranger_is_refused_so_that_a_typing_error_is_seen(tmp_path: Path) -> None:
    land(tmp_path, "b1", consent("t1"))
    with pytest.raises(InputError, match="Nothing is held of a tester 't2'"):
        of_tester(tmp_path, "t2", None, NOW)
    with pytest.raises(InputError, match="in other"):
        of_tester(tmp_path, "t1", "other", NOW)
    with pytest.raises(InputError, match="No tester ever agreed to a wording 'w9'"):
        of_wording(tmp_path, "w9", None, NOW)


def test_a_tester_is_erased_in_every_app_and_withdrawn_where_something_holds(tmp_path: Path) -> None:
    land(tmp_path, "b1", consent("t1"), consent("t1", app="other"), taken_back("t1", app="other"))
    wanted = of_tester(tmp_path, "t1", None, NOW)
    assert [(e.app, e.at) for e in wanted.entries] == [(None, NOW)]
    assert [(c.app, c.event, c.at) for c in wanted.consents] == [("app", "withdrawn", NOW)]
    assert [(e.app) for e in of_tester(tmp_path, "t1", "app", NOW).entries] == ["app"]


def test_a_wording_means_what_was_given_under_it_and_a_later_consent_stays(tmp_path: Path) -> None:
    land(
        tmp_path,
        "b1",
        consent("t1", wording="w1"),
        consent("t2", wording="w1"),
        consent("t2", wording="w2", event="changed", at=day(5)),
        consent("t3", wording="w2"),
        consent("t4", wording="w1"),
        taken_back("t4", wording="w1"),
    )
    wanted = of_wording(tmp_path, "w1", None, NOW)
    assert [(e.tester, e.at) for e in wanted.entries] == [
        ("t1", NOW), ("t2", day(5) - timedelta(microseconds=1)), ("t4", NOW),
    ]  # fmt: skip
    assert [c.tester for c in wanted.consents] == ["t1"]


def test_while_a_refresh_runs_the_request_is_kept_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.config.load import load_config

    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    land(tmp_path, "b1", feedback(text="her words"), consent())
    now = utc_now()
    with refresh_lock(tmp_path), pytest.raises(RefreshRunning, match="executed by the next refresh"):
        execute_erasure(load_config(), of_tester(tmp_path, "t1", None, now), now)
    assert found(tmp_path, ["her words"]) != []
    execute(tmp_path)
    assert found(tmp_path, ["her words"]) == []
    newest = Ledger.landed(Landing(tmp_path)).newest(("t1", "app"))
    assert newest is not None
    assert newest.event == "withdrawn"


def test_everything_held_about_a_tester_is_told_and_nothing_about_others(tmp_path: Path) -> None:
    land(
        tmp_path,
        "b1",
        feedback("f1", text="slow"),
        feedback("f2", tester="t2", text="not yours"),
        consent("t1"),
        consent("t2"),
    )
    load(tmp_path)
    with writer(tmp_path) as w:
        classify(w, {"slow": ("negative", ["performance"])})
    told = subject_access(tmp_path, "t1", NOW)
    assert [c["event"] for c in told["consents"]] == ["given"]
    assert [f["text"] for f in told["feedback_as_it_came"]] == ["slow"]
    (kept,) = told["working_file"]
    assert (kept["predictions"][0]["sentiment"], kept["topics"][0]["topic"]) == ("negative", "performance")
    assert "not yours" not in json.dumps(told, default=str)
    erase_all = Wanted(of_tester(tmp_path, "t1", None, NOW).entries, ())
    from flows.privacy.erasure import request

    request(tmp_path, erase_all.entries, (), NOW)
    execute(tmp_path)
    told = subject_access(tmp_path, "t1", NOW)
    assert (told["feedback_as_it_came"], told["working_file"]) == ([], [])
    assert len(told["erasures"]) == len(told["proofs_of_erasure"]) == 1


def test_the_real_commands_erase_a_tester_of_the_sample_from_the_whole_folder(
    demo: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(demo, data, symlinks=True)
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        tester, text = con.execute(
            "select tester, max_by(text, length(text)) from core.feedback"
            " where may_analyse and length(text) > 30 and text not in"
            " (select text from core.feedback group by text having count(*) > 1)"
            " group by tester order by tester limit 1"
        ).fetchone() or ("", "")
        before = con.execute("select count(*) from core.feedback where tester <> ?", [tester]).fetchone()
    # The history of runs holds no words to begin with.
    assert {place.split("/")[0] for place, _ in found(data, [text])} <= {"landing", FILE, "published"}
    assert "nothing was erased" in hoshiyomi("erase", "--tester", tester, "--dry-run", data=data).stderr
    assert text in hoshiyomi("disclose", "--tester", tester, data=data).stdout
    receipt = Path(hoshiyomi("erase", "--tester", tester, data=data).stdout.strip())
    assert json.loads(receipt.read_text())["state"] == "done"
    assert found(data, [text]) == []
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        assert con.execute("select count(*) from core.feedback").fetchone() == before
    with duckdb.connect(str(current(data)), read_only=True) as con:
        assert con.execute("select sum(done) from erasures").fetchone() == (1,)
    assert hoshiyomi("erase", "--tester", "nobody", data=data, code=3).stderr.startswith("hoshiyomi: Nothing")
