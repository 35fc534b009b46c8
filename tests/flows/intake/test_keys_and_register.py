from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.errors import InputError
from flows.intake.invitations import (
    KeyUnusable,
    Register,
    alpha_folder,
    load_keys,
    new_token,
    normalised,
    open_register,
)

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def _invite(register: Register, data: Path, **wanted: object) -> list[tuple[str, str]]:
    plain = {"app": "a", "cohort": "c", "count": 2, "opens_at": None, "closes_at": LATER, "now": NOW}
    return register.invite(load_keys(data), **(plain | wanted))[1]  # type: ignore[arg-type]


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_keys(tmp_path).token_hash("x2")
    assert load_keys(tmp_path).token_hash("x2") == first
    assert (tmp_path / "alpha" / "key").stat().st_mode & 0o777 == 0o600
    assert alpha_folder(tmp_path).stat().st_mode & 0o777 == 0o700
    assert [p.name for p in (tmp_path / "alpha").iterdir()] == ["key"]


def test_another_data_folder_has_another_key(tmp_path: Path) -> None:
    assert load_keys(tmp_path / "a").token_hash("x2") != load_keys(tmp_path / "b").token_hash("x2")


def test_a_damaged_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    load_keys(tmp_path)
    (alpha_folder(tmp_path) / "key").write_bytes(b"short")
    with pytest.raises(KeyUnusable, match="Remedy: restore it"):
        load_keys(tmp_path)


def test_a_code_is_known_however_it_is_typed() -> None:
    code = new_token()
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in code.upper())
    for typed in (code, code.upper(), code.replace("-", ""), f"  {code} ", code.replace("-", " "), wide):
        assert normalised(typed) == normalised(code)
    assert unicodedata.is_normalized("NFKC", code)
    assert len(normalised(code)) == 28


def test_codes_differ_and_only_their_hashes_are_kept(tmp_path: Path) -> None:
    with open_register(tmp_path) as register:
        made = _invite(register, tmp_path, count=50)
        found = [register.find(load_keys(tmp_path).token_hash(code)) for _, code in made]
    assert [f.tester for f in found if f] == [tester for tester, _ in made]
    raw = b"".join(p.read_bytes() for p in (tmp_path / "alpha").iterdir())
    for _, code in made:
        assert code.encode() not in raw
        assert normalised(code).encode() not in raw


def test_a_cohort_keeps_its_span(tmp_path: Path) -> None:
    with open_register(tmp_path) as register:
        _invite(register, tmp_path)
        _invite(register, tmp_path, closes_at=None)
        with pytest.raises(InputError, match="Remedy: leave --until out"):
            _invite(register, tmp_path, closes_at=LATER + timedelta(1))
        (cohort,) = register.cohorts()
    assert (cohort.invited, cohort.opens_at, cohort.closes_at) == (4, NOW, LATER)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"closes_at": None}, "say its end with --until"),
        ({"closes_at": NOW - timedelta(1)}, "must lie after"),
        ({"cohort": "山田太郎 様"}, "letters, digits"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused(tmp_path: Path, wanted: dict[str, object], says: str) -> None:
    with open_register(tmp_path) as register, pytest.raises(InputError, match=says):
        _invite(register, tmp_path, **wanted)


def test_a_revoked_code_opens_nothing(tmp_path: Path) -> None:
    with open_register(tmp_path) as register:
        ((tester, code),) = _invite(register, tmp_path, count=1)
        assert register.revoke(tester, NOW) == 1
        assert register.revoke(tester, NOW) == 0
        found = register.find(load_keys(tmp_path).token_hash(code))
    assert found is not None
    assert found.is_revoked
    assert not found.is_open(NOW + timedelta(1))


def test_a_cohort_is_open_from_its_first_moment_to_before_its_last(tmp_path: Path) -> None:
    with open_register(tmp_path) as register:
        ((_, code),) = _invite(register, tmp_path, count=1)
        found = register.find(load_keys(tmp_path).token_hash(code))
    assert found is not None
    assert [found.is_open(t) for t in (NOW - timedelta(1), NOW, LATER)] == [False, True, False]


def test_an_idempotency_key_gives_each_tester_another_id(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    once = {keys.feedback_id(tester, app, "k") for tester in "ab" for app in "xy"}
    assert len(once) == 4
    assert keys.feedback_id("a", "x", "k") in once
    assert keys.feedback_id("a", "x", None) != keys.feedback_id("a", "x", None)
