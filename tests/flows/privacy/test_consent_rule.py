"""The consent rule is one: the ledger's, the intake's and the working file's answers are the same."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.intake.consent_state import ConsentState
from flows.privacy.consent_ledger import ConsentFilter, Ledger, Permission, permitted
from tests.builders import consent, day, feedback
from tests.warehouse.house import land, open_writer
from warehouse.landing import Landing
from warehouse.records import Consent

ENTRIES = st.builds(
    consent,
    event=st.sampled_from(["given", "changed", "withdrawn"]),
    at=st.integers(1, 3).map(day),
    **{name: st.booleans() for name in ("may_improve", "may_analyse", "may_quote", "may_contact")},
)


@given(st.lists(st.lists(ENTRIES, min_size=1, max_size=5), min_size=20, max_size=40))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.large_base_example])
def test_ledger_intake_and_working_file_permit_the_same(histories: list[list[Consent]]) -> None:
    said = {f"t{n:02}": [replace(e, tester=f"t{n:02}") for e in h] for n, h in enumerate(histories)}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        land(data, "b1", *chain.from_iterable(said.values()))
        w = open_writer(data)
        w.load(day(9))
        select = "select tester, may_improve, may_analyse, may_quote, may_contact from core.consent_now"
        in_sql = {tester: Permission(*may) for tester, *may in w.con.execute(select).fetchall()}
        w.con.close()
        ledger = Ledger.landed(Landing(data))
    of_ledger = {tester: permitted(ledger.newest((tester, "app"))) for tester in said}
    of_intake = {}
    for tester, entries in said.items():
        state = ConsentState()
        for entry in entries:
            state = state.plus(entry)
        of_intake[tester] = permitted(state.holds)
    assert of_ledger == of_intake == in_sql


@pytest.mark.parametrize("event", ["given", "changed", "withdrawn"])
def test_who_does_not_let_it_be_used_is_not_stored(event: str, tmp_path: Path) -> None:
    land(tmp_path, "b1", consent("t1", event=event, may_improve=False), consent("t2"))
    entry = ConsentFilter(Landing(tmp_path))
    kept = entry.feedback(
        [feedback("f1", tester="t1"), feedback("f2", tester="t2"), feedback("f3", tester="t3")]
    )
    assert ([f.feedback_id for f in kept], entry.left_out) == (["f2", "f3"], 1)


def test_without_improve_nothing_else_is_permitted() -> None:
    assert permitted(consent(may_improve=False, may_quote=True)) == Permission() == permitted(None)
    assert permitted(consent(may_quote=False)).store
