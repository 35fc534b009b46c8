"""What each voter gives: the mix of voters on every validation set, all of them and with one left out.

The student learns from the mix, so this says before a student is taught what there is to learn. Calibrated as
the served model is, cross-fitted; the teacher reads without stars here. MPNet is not kept when it has voted,
so it is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax

from models.training import data, e5_teacher, evaluate, finetune, lessons, voters
from models.training.baseline import Tfidf
from models.training.evaluate import Scored
from models.training.lessons import Doses
from models.training.student import Voters, mixed

MADE = "ballot.json"
Vote = tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]
"""A share, probabilities of tone (texts x 3) and topics (texts x 18), and which texts were read."""
_LEAST = 1e-6


def stage(work: Path, settings: e5_teacher.Settings, chosen: Voters, doses: Doses) -> None:
    """Write `ballot.json`: by who votes and validation set, macro-F1 of tone and micro-F1 of topics."""
    sets = data.all_sets()
    texts = [e.text for examples in sets.values() for e in examples]
    votes = _votes(work, texts, settings, chosen, doses)
    alone = {f"{name} alone": {name: vote} for name, vote in votes.items() if vote[3].all()}
    without = {
        f"without {name}": {n: v for n, v in votes.items() if n != name}
        for name in votes
        if name != "teacher" and len(votes) > 2
    }
    found = {who: _reached(voting, sets) for who, voting in {**alone, **without, "all": votes}.items()}
    (work / MADE).write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    for who, figures in found.items():
        print(f"{who}:", " ".join(f"{key} {s:.3f}/{t:.3f}" for key, (s, t) in figures.items()), flush=True)


def _votes(
    work: Path, texts: Sequence[str], settings: e5_teacher.Settings, chosen: Voters, doses: Doses
) -> dict[str, Vote]:
    model = finetune.start(work, e5_teacher.MADE)
    said = e5_teacher.say(model, e5_teacher.load_tokenizer(work, settings.longest), texts, stars=False)
    every = np.ones(len(texts), dtype=bool)
    tone, topics = softmax(said.tone.astype(float), 1), expit(said.topics.astype(float))
    found: dict[str, Vote] = {"teacher": (chosen.teacher, tone, topics, every)}
    if chosen.tfidf > 0:
        found["TF-IDF"] = (chosen.tfidf, *Tfidf(lessons.examples(doses)).probabilities(texts), every)
    if chosen.elder > 0:
        for elder in chosen.elders:
            found[elder.name()] = (chosen.elder, *voters.elder_says(elder, texts))
    return found


def _reached(
    voting: Mapping[str, Vote], sets: Mapping[str, Sequence[data.Example]]
) -> dict[str, tuple[float, float]]:
    tone = mixed([(share, tone, read) for share, tone, _, read in voting.values()])
    topics = mixed([(share, topics, read) for share, _, topics, read in voting.values()])
    scored, start = {}, 0
    for key, examples in sets.items():
        rows = slice(start, start := start + len(examples))
        scored[key] = Scored(
            examples, np.log(tone[rows].clip(_LEAST)), logit(topics[rows].clip(_LEAST, 1 - _LEAST))
        )
    return evaluate.reached(scored)
