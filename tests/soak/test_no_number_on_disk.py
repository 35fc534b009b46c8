"""Thousands of personal texts through every real path; `tests/flows` has the short variant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.personal.flood import PATHS, flood
from tests.personal.texts import forms_in_all, generate
from tests.personal.traces import search
from tests.personal.ways import ways

pytestmark = pytest.mark.soak

_COUNT, _WAYS, _SEED = 5_000, 20_000, 20261126


def test_none_of_five_thousand_personal_texts_can_be_read_anywhere(tmp_path: Path) -> None:
    secrets = generate(_COUNT, _SEED)
    assert len({(s.kind, s.form) for s in secrets}) == forms_in_all()
    # Twice, so that what the second run writes, sweeps and publishes is searched, too.
    done = flood(tmp_path, secrets, refreshes=2)
    assert all(done.sent[path] for path in PATHS)
    found = search([done.data, done.logs], secrets)
    assert found.leaks == []
    for kind in ("landing", "warehouse", "published"):
        assert len(found.markers[kind]) > 0.7 * _COUNT, kind


def test_none_of_twenty_thousand_ways_to_write_a_number_is_on_the_disk(tmp_path: Path) -> None:
    secrets = ways(_WAYS, _SEED)
    assert len({s.form for s in secrets}) == _WAYS
    done = flood(tmp_path, secrets)
    assert all(done.sent[path] for path in PATHS)
    found = search([done.data, done.logs], secrets)
    assert found.leaks == []
    for kind in ("landing", "warehouse", "published"):
        assert len(found.markers[kind]) > 0.7 * _WAYS, kind
