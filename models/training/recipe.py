"""The recipe of the model to come: `python -m models.training.recipe` (see README.md in this folder).

    python -m models.training.recipe                  everything that has not been made from the same inputs
    python -m models.training.recipe --share 0.01     a trial on a part of all texts, in a folder of its own
    python -m models.training.recipe --until teacher  no further than this stage
    python -m models.training.recipe --again student  this stage anew, and what builds on it

It may be stopped at any time and goes on where it was: stages that are made are skipped, the teacher and the
student go on from what they kept within the last five minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from models.text.classifier import BUNDLED
from models.training import (
    ablation,
    ballot,
    baseline,
    data,
    e5,
    e5_card,
    e5_teacher,
    first_reader,
    lessons,
    publishing,
    student,
    voters,
)
from models.training.corpora import SOURCES, corpora
from models.training.lessons import Doses
from models.training.stages import Stage, walk
from models.training.teacher import Settings as MpnetSettings

NAME = "hoshiyomi-ja-en-3"
WORK = Path(__file__).resolve().parents[2] / "work" / "e5"
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that is chosen. A trial is the same with a smaller share of all texts."""

    doses: Doses = field(default_factory=Doses)
    vocabulary: e5.Settings = field(default_factory=e5.Settings)
    teacher: e5_teacher.Settings = field(default_factory=e5_teacher.Settings)
    mpnet: MpnetSettings = field(default_factory=MpnetSettings)
    voters: student.Voters = field(default_factory=student.Voters)
    student: student.Settings = field(default_factory=student.Settings)
    first: first_reader.Settings = field(default_factory=first_reader.Settings)
    # whether it is measured what each ingredient gives; an hour more
    ablate: bool = False
    # how many layers of the starting point are kept; all, unless a trial has no time for them
    layers: int = 12

    def part(self, share: float) -> Recipe:
        """The same recipe on a part of all texts."""
        return replace(
            self,
            doses=replace(self.doses, share=share),
            vocabulary=replace(self.vocabulary, share=share),
            first=replace(self.first, texts=max(int(self.first.texts * share), 200)),
        )


def stages(chosen: Recipe, out: str = "served") -> list[Stage]:
    """The stages in their order. Raises FileNotFoundError when a corpus is missing."""
    root, doses = corpora(), chosen.doses
    ours = (_HERE / "seeds", _HERE / "labels")
    labels = tuple(root / path for path, *_ in SOURCES if path.startswith("labels/"))
    reviews = tuple(
        root / path for path, *_ in SOURCES if path.split("/")[0] in ("reviews", "survey", "minibar")
    )
    pairs = tuple(root / path for path, *_ in SOURCES if path.startswith("parallel/"))
    read = (*ours, *labels, *reviews)
    votes = [
        Stage(f"votes-{name}", run, (f"votes-{name}.npz",), (settings, doses), read)
        for name, share, settings, run in (
            ("tfidf", chosen.voters.tfidf, None, lambda work: voters.tfidf(work, doses)),
            (
                "mpnet",
                chosen.voters.mpnet,
                chosen.mpnet,
                lambda work: voters.mpnet(work, chosen.mpnet, doses),
            ),
        )
        if share > 0
    ]
    votes += [
        Stage(f"votes-elder-{n}", partial(voters.elder, number=n, asked=asked, doses=doses),
              (f"votes-elder-{n}.npz",), (asked.kinds, doses), (asked.folder, *read))
        for n, asked in enumerate(chosen.voters.elders, start=1)
    ]  # fmt: skip
    apart = Stage(
        "ablation",
        lambda work: ablate(work, work / out, chosen),
        (ablation.MADE,),
        (chosen.student, chosen.voters, doses),
        read,
        ("teacher", "answers", *(stage.name for stage in votes)),
    )
    return [
        Stage("base", lambda work: e5.stage(work, chosen.vocabulary, chosen.layers),
              ("vocabulary.json", "base.pt"), (chosen.vocabulary, chosen.layers), (*read, *pairs)),
        Stage("teacher", lambda work: e5_teacher.stage(work, chosen.teacher, doses),
              (e5_teacher.MADE, "teacher.json"), (chosen.teacher, doses), read, ("base",)),
        Stage("answers", lambda work: e5_teacher.answer(work, chosen.teacher, doses),
              ("teacher-said.npz",), (chosen.teacher.longest, doses), read, ("teacher",)),
        *votes,
        Stage("ballot", lambda work: ballot.stage(work, chosen.teacher, chosen.voters, doses),
              (ballot.MADE,), (chosen.teacher.longest, chosen.voters, doses), read, ("teacher",)),
        Stage("student", lambda work: student.stage(work, chosen.student, chosen.voters, doses),
              (student.MADE,), (chosen.student, chosen.voters, doses), (*read, *pairs),
              ("teacher", "answers", *(stage.name for stage in votes))),
        Stage("baseline", lambda work: baseline.fit_shipped(lessons.examples(doses), work / "baseline.npz"),
              ("baseline.npz",), doses, read),
        Stage("publish", lambda work: publish(work, work / out, chosen),
              (out, "figures.json"), (NAME, doses), read, ("student", "base")),
        Stage("first", lambda work: first_reader.stage(work, work / out, chosen.first, doses),
              ("first.npz", "first.json"), (chosen.first, doses), read, ("publish",)),
        *([apart] if chosen.ablate else []),
    ]  # fmt: skip


def ablate(work: Path, out: Path, chosen: Recipe) -> None:
    """Measure what each ingredient gives and write the card anew with it."""
    ablation.stage(work, chosen.student, chosen.voters, chosen.doses)
    publishing.render_card(work, out, served(chosen))


def publish(work: Path, out: Path, chosen: Recipe) -> None:
    """Export, calibrate and measure; write the served folder with its card."""
    publishing.publish(work, out, served(chosen))


def served(chosen: Recipe) -> publishing.Served:
    """What the recipe publishes, and the words of its card."""
    found = lessons.build(chosen.doses)
    counts: dict[str, int | str] = {
        "weak": int(((found.tone_weight > 0) & (found.tone_weight < 1)).sum()),
        "people": int((~np.isnan(found.problem)).sum()),
        "texts": len(lessons.unlabelled(chosen.doses)),
        "voters": chosen.voters.names(),
        "share": f"{100 * chosen.doses.english:.0f} % of the English, {100 * chosen.doses.comments:.0f} % "
        f"of the comments of the survey, {100 * chosen.doses.others:.0f} % of the others",
        "mosaics": chosen.doses.mosaics,
    }
    return publishing.Served(
        NAME,
        student.MADE,
        e5_card.STORY,
        data.all_sets(),
        counts,
        languages_apart=True,
        examples=lessons.examples(chosen.doses),
        before=BUNDLED,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Walk the stages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="where everything is made")
    parser.add_argument("--share", type=float, default=1.0, help="of all texts (0 to 1)")
    parser.add_argument("--layers", type=int, default=12, help="of the starting point")
    parser.add_argument("--until", help="the last stage to come to")
    parser.add_argument("--again", nargs="*", default=[], help="stages to make anew")
    parser.add_argument(
        "--without", nargs="*", default=[], choices=["tfidf", "mpnet"], help="voters to leave out"
    )
    parser.add_argument(
        "--elder",
        nargs="*",
        default=[],
        type=student.Elder.told,
        metavar="FOLDER[=KINDS]",
        help=f"earlier models that vote, and on what ({', '.join(student.KINDS)}; all of it unless told)",
    )
    parser.add_argument("--ablate", action="store_true", help="measure what each ingredient gives")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    torch.set_num_interop_threads(1)
    chosen = Recipe(layers=given.layers).part(given.share) if given.share < 1 else Recipe(layers=given.layers)
    asked = replace(chosen.voters, elders=tuple(given.elder), **dict.fromkeys(given.without, 0.0))
    chosen = replace(chosen, voters=asked, ablate=given.ablate)
    work = given.work or (WORK if given.share >= 1 else WORK.with_name(f"e5-{given.share:g}"))
    walk(stages(chosen), work, again=given.again, until=given.until)


if __name__ == "__main__":
    main()
