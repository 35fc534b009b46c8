"""Stages: what is made from the same inputs is not made again, and what was stopped goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.training.stages import Stage, walk


class Kitchen:
    """Two stages that note when they ran; the second writes what the first made."""

    def __init__(self, folder: Path) -> None:
        self.source, self.work = folder / "source.txt", folder / "work"
        self.source.write_text("flour", encoding="utf-8")
        self.ran: list[str] = []
        self.heat = 1
        self.breaks = False

    def stages(self) -> list[Stage]:
        return [
            Stage("dough", self.dough, ("dough.txt",), reads=(self.source,)),
            Stage("bread", self.bread, ("bread.txt",), self.heat, needs=("dough",)),
        ]

    def dough(self, work: Path) -> None:
        self.ran.append("dough")
        (work / "dough.txt").write_text(self.source.read_text("utf-8")[:3], encoding="utf-8")

    def bread(self, work: Path) -> None:
        part = work / "bread.part"
        self.ran.append(f"bread from {part.read_text('utf-8') if part.exists() else 'nothing'}")
        part.write_text("half", encoding="utf-8")
        if self.breaks:
            raise RuntimeError("out of gas")
        (work / "bread.txt").write_text((work / "dough.txt").read_text("utf-8") * self.heat, encoding="utf-8")

    def walk(self, **options: object) -> list[str]:
        self.ran.clear()
        self.said: list[str] = []
        walk(self.stages(), self.work, say=self.said.append, **options)  # type: ignore[arg-type]
        return list(self.ran)


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    return Kitchen(tmp_path)


def test_what_was_made_from_the_same_inputs_is_not_made_again(kitchen: Kitchen) -> None:
    assert kitchen.walk() == ["dough", "bread from nothing"]
    assert kitchen.walk() == []


def test_a_changed_setting_makes_only_its_stage_again_and_says_so(kitchen: Kitchen) -> None:
    kitchen.walk()
    kitchen.heat = 2
    assert kitchen.walk() == ["bread from nothing"]
    assert "bread: changed since: settings" in kitchen.said
    assert (kitchen.work / "bread.txt").read_text("utf-8") == "floflo"


def test_a_changed_file_makes_again_what_builds_on_it_only_where_it_comes_through(kitchen: Kitchen) -> None:
    kitchen.walk()
    kitchen.source.write_text("flora", encoding="utf-8")  # the dough comes out the same
    assert kitchen.walk() == ["dough"]
    assert "dough: changed since: file source.txt" in kitchen.said
    kitchen.source.write_text("rye", encoding="utf-8")
    assert kitchen.walk() == ["dough", "bread from nothing"]
    assert "bread: changed since: dough: dough.txt" in kitchen.said


def test_a_stage_that_was_stopped_goes_on_unless_its_inputs_have_changed(kitchen: Kitchen) -> None:
    kitchen.breaks = True
    with pytest.raises(RuntimeError):
        kitchen.walk()
    with pytest.raises(RuntimeError):
        kitchen.walk()
    assert kitchen.ran == ["bread from half"]
    kitchen.breaks = False
    kitchen.heat = 3
    assert kitchen.walk() == ["bread from nothing"]


def test_a_product_that_was_spoilt_or_lost_is_made_again(kitchen: Kitchen) -> None:
    kitchen.walk()
    (kitchen.work / "bread.txt").write_text("mould", encoding="utf-8")
    assert kitchen.walk() == ["bread from nothing"]
    (kitchen.work / "dough.txt").unlink()
    assert kitchen.walk() == ["dough"]


def test_one_may_stop_early_or_ask_for_a_stage_again(kitchen: Kitchen) -> None:
    assert kitchen.walk(until="dough") == ["dough"]
    assert kitchen.walk(again=["dough"]) == ["dough", "bread from nothing"]
    with pytest.raises(ValueError, match="no stage is called cake; they are dough, bread"):
        kitchen.walk(until="cake")


def test_a_stage_must_make_what_it_promises(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"stage air ended without air\.txt"):
        walk([Stage("air", lambda work: None, ("air.txt",))], tmp_path, say=lambda words: None)
