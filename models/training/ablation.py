"""What each ingredient gives: students taught shortly, each without one of them, measured alike.

All read the same part of the texts once, so every student stays below the one that is served; what counts is
how they differ. fp32, calibrated as the served model is, cross-fitted. What was measured is not taught again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from models.training import data, e5_teacher, evaluate, finetune, lessons, student
from models.training.evaluate import Scored
from models.training.lessons import Doses
from models.training.student import Answers, Settings, Voters

MADE = "ablation.json"
# of the texts without labels
PART = 0.2


@dataclass(frozen=True, slots=True)
class Case:
    """How one student is taught: settings, voters, and which of the texts without labels it reads."""

    settings: Settings
    voters: Voters
    reads: Callable[[str], bool] = lambda text: True


def cases(settings: Settings, voters: Voters, doses: Doses) -> dict[str, Case]:
    """By what is left out, or put in; the first is the recipe itself."""
    settings = replace(settings, epochs=1)
    made = frozenset(lessons.put_together(doses))
    whole = Case(settings, voters)
    found = {"everything": whole}
    if voters.elders and voters.elder > 0:
        found["without our earlier models' votes"] = replace(whole, voters=replace(voters, elder=0.0))
    alone = replace(voters, tfidf=0.0, mpnet=0.0, elder=0.0)
    deeper = replace(settings.shape, layers=settings.shape.layers + 2)
    return found | {
        "without texts put together": replace(whole, reads=lambda text: text not in made),
        "without the teacher's features": replace(whole, settings=replace(settings, feature_weight=0.0)),
        f"{deeper.layers} layers": replace(whole, settings=replace(settings, shape=deeper)),
        "without texts that have no label": replace(whole, reads=lambda text: False),
        "without any votes but the teacher's": replace(whole, voters=alone),
        "without varied Japanese texts": replace(whole, settings=replace(settings, variations=0)),
    }


def stage(work: Path, settings: Settings, voters: Voters, doses: Doses) -> None:
    """Write `ablation.json`: by case and validation set, macro-F1 of tone and micro-F1 of topics."""
    kept = work / "ablation.part"
    found = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    for name, case in cases(settings, voters, doses).items():
        if name not in found:
            found[name] = _reached(work, case, doses)
            kept.write_text(json.dumps(found, indent=1), encoding="utf-8")
            told = " ".join(f"{key} {s:.3f}/{t:.3f}" for key, (s, t) in found[name].items())
            print(f"{name}: {told}", flush=True)
    kept.replace(work / MADE)


def _reached(work: Path, case: Case, doses: Doses) -> dict[str, tuple[float, float]]:
    tokenizer = e5_teacher.load_tokenizer(work, case.settings.longest)
    teacher = finetune.start(work, e5_teacher.MADE)
    model = student.begin(teacher, case.settings.shape)

    def some(wanted: Answers) -> Answers:
        free = len(wanted.texts) - len(lessons.examples(doses))
        part = lessons.some(free, PART, lambda n: wanted.texts[n])
        read = [n for n in part if case.reads(wanted.texts[n])]
        return wanted.some([*read, *range(free, len(wanted.texts))])

    wanted = student.lesson(work, teacher, tokenizer, case.settings, case.voters, doses, some)
    student.train(model, tokenizer, wanted, (), case.settings, None)
    scored = {
        key: Scored(examples, *finetune.logits(model, tokenizer, [e.text for e in examples]))
        for key, examples in data.all_sets().items()
    }
    return evaluate.reached(scored)
