"""No remedy is printed that no test has carried out, and no test claims one that is not there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.remedies.claims import TESTS, claimed
from tests.remedies.listing import CHECKOUT, Remedy, of_source, remedies

# Tests of the rooms that carry out remedies, by name: they move, and their names stay. `conftest.py` holds
# none of them to its claim, so each was read: it meets the fault, asks for the remedy's words, does what they
# say and shows that the fault is gone.
ELSEWHERE: dict[str, tuple[str, ...]] = {
    "test_importing_again_leads_back_to_whole_data": (
        "import the same file with the same options again (`hoshiyomi import`, or `hoshiyomi collect`",
    ),
    "test_feedback_is_imported_again": (
        "import the same file with the same options again (`hoshiyomi import-feedback`); it is landed anew",
    ),
    "test_play_consoles_export_is_taken_in_again": (
        "or `hoshiyomi collect` for an export of Play Console's); it is landed anew",
    ),
    "test_a_damaged_crawl_is_mended_and_asked_for_again": (
        "or run `hoshiyomi mend`, then `hoshiyomi refresh`:",
    ),
    "test_the_file_of_a_backup_put_back_is_whole_data": (
        "put the file back from a backup of the landing folder. Without one",
    ),
    "test_without_a_backup_what_can_be_read_is_kept_and_the_loss_is_said": (
        "Without one: `hoshiyomi mend` keeps what can still be read and says what is lost.",
    ),
    "test_memory_is_told_from_damage_and_smaller_steps_are_tried": (
        "what was loaded before is kept. Remedy: see that the disk has room",
    ),
}
CLAIMS = (*claimed(), *((f, name) for name, fragments in ELSEWHERE.items() for f in fragments))


def test_every_remedy_is_carried_out_by_a_test() -> None:
    done = {r for fragment, _ in CLAIMS for r in _meant(fragment)}
    left = [str(r) for r in remedies() if r not in done]
    assert left == []


def test_every_claim_fits_one_remedy() -> None:
    wrong = {}
    for fragment, where in CLAIMS:
        fitting = {r.text for r in _meant(fragment)}
        if len(fitting) != 1:
            wrong[f"{where}: {fragment}"] = sorted(fitting)
    assert wrong == {}


def _meant(fragment: str) -> list[Remedy]:
    """The remedies that a claim means: those that are its very words, else those in which it stands."""
    whole = [r for r in remedies() if r.text == fragment]
    return whole or [r for r in remedies() if fragment in r.text]


def test_the_tests_named_elsewhere_are_there() -> None:
    there = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert [name for name in ELSEWHERE if name not in there] == []


def test_both_languages_of_a_screen_name_the_same_commands_and_files() -> None:
    for english in (CHECKOUT / "dashboard").rglob("en.toml"):
        texts = {p: tomllib.loads(p.read_text(encoding="utf-8")) for p in (english, _japanese(english))}
        ours, theirs = (t.get("remedy", {}) for t in texts.values())
        assert ours.keys() == theirs.keys()
        for key, text in ours.items():
            assert _names(text) == _names(theirs[key]), key


def _japanese(english: Path) -> Path:
    return english.with_name("ja.toml")


def _names(text: str) -> set[str]:
    """The commands, files and settings of a text."""
    return set(re.findall(r"hoshiyomi [a-z]+(?: check)?|\w+\.toml|\w+/|\w+_\w+", text))


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("raise E('No. Remedy: do it.')", ["No. Remedy: do it."]),
        ("raise E(f'{x} is bad. Remedy: ' f'mend {x!r} now.')", ["{} is bad. Remedy: mend {} now."]),
        ("Finding(about='a', remedy=given or f'open {x}.')", ["open {}."]),
        ("WORDS = 'start it again.'\nfind(remedy=WORDS)", ["start it again."]),
        ("def f(what, remedy): ...\nf('a thing', 'mend that thing')", ["mend that thing"]),
        ("class B:\n  def __init__(self, a, remedy): ...\nB('a thing', 'mend it')", ["mend it"]),
        ("REMEDIES = {'a key here': 'mend {app} now'}", ["mend {} now"]),
        ("_REMEDY = 'mend it'", ["mend it"]),
        ("K = {b'PK': ('a ZIP', 'unpack it')}\nfor m, (what, remedy) in K.items(): ...", ["unpack it"]),
        ("A = 'with care'\ndef remedy(x):\n  return f'mend it {A}'", ["mend it with care"]),
        ("T = (('a-', 'mend a'),)\ndef remedy(x):\n  for k, v in T:\n    return v", ["mend a"]),
        ("'''A docstring. Remedy: none of ours.'''", []),
        ("f'{said} Remedy: {remedy}.'", []),
        ("said, _, remedy = (text or 'an unknown error').partition(' Remedy: ')", []),
    ],
)
def test_the_listing_sees(source: str, texts: list[str]) -> None:
    assert sorted(r.text for r in of_source(source)) == sorted(texts)
