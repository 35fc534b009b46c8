"""What a person keeps: theirs alone, nobody's name, back after a restart, gone when they say so."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from dashboard import kept
from dashboard.kept import Kept, NotKept, TooMuch, View

ISSUER, SUBJECT = "issuer.example.go.jp", "hanako@example.go.jp"
VIEW = View("Monday", "map", "last=7d&lens=trust")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOSHIYOMI_KEPT", str(tmp_path))
    return tmp_path


def _of(subject: str = SUBJECT, issuer: str = ISSUER) -> Kept:
    found = kept.of_person(issuer, subject)
    assert found is not None
    return found


def test_without_a_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOSHIYOMI_KEPT", raising=False)
    assert kept.of_person(ISSUER, SUBJECT) is None


def test_what_one_keeps_is_back_after_a_restart_and_nobody_elses(folder: Path) -> None:
    mine = _of()
    mine.toggle("portal")
    mine.save(VIEW)
    again = _of()
    assert again == mine
    assert (again.favourites(), again.views()) == ({"portal"}, [VIEW])
    for other in (_of("taro"), _of(issuer="elsewhere"), _of(SUBJECT[1:], ISSUER + SUBJECT[0])):
        assert (other.favourites(), other.views()) == (set(), [])
    again.toggle("portal")
    again.save(View("Monday", "rating", "app=portal"))
    again.drop("no such view")
    assert (mine.favourites(), mine.views()) == (set(), [View("Monday", "rating", "app=portal")])


def test_nobody_is_named_and_nobody_else_reads_it(folder: Path) -> None:
    _of().toggle("portal")
    for path in folder.iterdir():
        held = path.read_bytes()
        assert SUBJECT.encode() not in held
        assert ISSUER.encode() not in held
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {p.name for p in folder.iterdir()} == {kept.FILE, kept.KEY}


def test_with_another_key_the_same_person_is_another(folder: Path) -> None:
    before = _of().person
    (folder / kept.KEY).unlink()
    assert _of().person != before


def test_what_is_forgotten_leaves_no_byte(folder: Path) -> None:
    mine, other = _of(), _of("taro")
    mine.toggle("secret-app-key")
    mine.save(View("secret name of a view", "map", "q=secret-words"))
    other.toggle("portal")
    mine.forget()
    held = (folder / kept.FILE).read_bytes()
    assert b"secret" not in held
    assert mine.person.encode() not in held
    assert other.favourites() == {"portal"}


def test_names_and_amounts_have_bounds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "VIEWS", 2)
    monkeypatch.setattr(kept, "FAVOURITES", 1)
    mine = _of()
    mine.save(View("  a \n b" + "x" * 100, "map", ""))
    assert mine.views()[0].name == ("a b" + "x" * 100)[: kept.LONGEST_NAME]
    mine.save(View("second", "map", ""))
    mine.save(View("second", "rating", ""))
    with pytest.raises(TooMuch):
        mine.save(View("third", "map", ""))
    with pytest.raises(TooMuch):
        mine.save(View("second", "map", "q=" + "x" * kept.LONGEST_QUERY))
    mine.toggle("a")
    with pytest.raises(TooMuch):
        mine.toggle("b")
    assert (len(mine.views()), mine.favourites()) == (2, {"a"})


def test_two_at_once_lose_nothing(folder: Path) -> None:
    def keep(first: int) -> None:
        for n in range(20):
            _of().toggle(f"app{first + n}")

    both = [threading.Thread(target=keep, args=(first,)) for first in (0, 100)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(_of().favourites()) == 40


def test_a_damaged_file_a_short_key_and_a_missing_folder_are_told(folder: Path) -> None:
    mine = _of()
    (folder / kept.FILE).write_bytes(b"no database" * 500)
    with pytest.raises(NotKept, match=r"kept\.sqlite"):
        mine.views()
    (folder / kept.KEY).write_bytes(b"short")
    with pytest.raises(NotKept, match=r"kept\.key"):
        _of()
    with pytest.raises(NotKept):
        Kept(folder / "gone", "x").favourites()
