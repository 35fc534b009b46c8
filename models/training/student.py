"""The student that is served: few layers, taught by everybody who has read a text.

It follows the mean of the voters' answers and the teacher's features on every text, labelled or not, with the
labels mixed in. If `Settings.contrast_weight` says so, its vectors of a Japanese sentence and of its English
translation are drawn together, apart from those of others (InfoNCE, van den Oord et al. 2018), so that they
can be searched across languages. It never sees stars.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit, softmax
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.training import data, e5_teacher, finetune, lessons
from models.training.data import Example
from models.training.encoder import Shape, Student, autocast, batches, device, padded
from models.training.lessons import Doses
from models.training.variations import varied

MADE = "student.pt"


@dataclass(frozen=True, slots=True)
class Settings:
    """How deep and wide, and how long it learns from what."""

    shape: Shape = field(default_factory=lambda: Shape(layers=4))
    epochs: int = 3
    rate: float = 2e-4
    longest: int = 72
    feature_weight: float = 1.0
    # 0.1 makes a step three times as long; nothing that is served uses the vectors yet
    contrast_weight: float = 0.0
    contrast_pairs: int = 24
    contrast_every: int = 2
    sharpness: float = 20.0
    average_from: float = 0.6
    # how often chance varies the labelled Japanese texts (`variations.py`)
    variations: int = 2
    seed: int = 1


KINDS = ("ja", "en", "others", "survey")
"""Kinds of texts that an earlier model may be asked about: by language, and comments of the survey apart."""


@dataclass(frozen=True, slots=True)
class Elder:
    """An earlier model of ours, as it was served, and the kinds of texts that it is asked about."""

    folder: Path
    kinds: tuple[str, ...] = KINDS

    @classmethod
    def told(cls, words: str) -> Elder:
        """`FOLDER` or `FOLDER=en,ja`. Raises ValueError when a kind is none of KINDS."""
        folder, _, kinds = words.partition("=")
        found = tuple(kinds.split(",")) if kinds else KINDS
        if unknown := set(found) - set(KINDS):
            raise ValueError(f"{words}: no kind is called {', '.join(unknown)}; they are {', '.join(KINDS)}")
        return cls(Path(folder), found)

    def name(self) -> str:
        """What it is called in its own folder."""
        own = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))["hoshiyomi"]
        where = "" if self.kinds == KINDS else f" (of {', '.join(self.kinds)})"
        return f"our earlier {own['name']}{where}"


@dataclass(frozen=True, slots=True)
class Voters:
    """What each voter's answer weighs; one that did not read a text leaves its share to the others."""

    teacher: float = 0.7
    tfidf: float = 0.15
    mpnet: float = 0.15
    # each of the earlier models that are asked
    elder: float = 0.3
    elders: tuple[Elder, ...] = ()

    def shares(self) -> dict[str, float]:
        """By name of the votes beside the teacher's; those who have no say are left out."""
        found = {"tfidf": self.tfidf, "mpnet": self.mpnet}
        found |= {f"elder-{n + 1}": self.elder for n in range(len(self.elders))}
        return {name: share for name, share in found.items() if share > 0}

    def names(self) -> str:
        """Who votes, in words."""
        mpnet = "all-mpnet-base-v2 (Apache-2.0; English only)"
        others = [name for share, name in ((self.tfidf, "TF-IDF"), (self.mpnet, mpnet)) if share > 0]
        others += [elder.name() for elder in self.elders if self.elder > 0]
        return " and ".join([", ".join(["the teacher", *others[:-1]]), *others[-1:]])


def begin(teacher: Student, shape: Shape) -> Student:
    """A student to start from: layers of the teacher at even distances where the width is the same, otherwise
    the teacher's word rows along their principal axes under fresh layers."""
    if shape.width == teacher.words.embedding_dim and shape.inner == teacher.layers[0].up.out_features:
        kept = np.linspace(0, len(teacher.layers) - 1, shape.layers).round().astype(int)
        return some_layers(teacher, kept.tolist())
    student = Student(teacher.words.num_embeddings, shape.layers, shape.width, shape.inner)
    rows = teacher.words.weight.detach()
    axes = torch.linalg.eigh(rows.T @ rows)[1][:, -shape.width :].to(rows)
    with torch.no_grad():
        student.words.weight.copy_(rows @ axes)
        student.positions.weight.copy_(teacher.positions.weight.detach() @ axes)
    return student.to(device())


def some_layers(whole: Student, kept: Sequence[int]) -> Student:
    """A student with some of the layers of `whole` (Sanh et al. 2019) and all that lies around them."""
    width, inner = whole.words.embedding_dim, whole.layers[0].up.out_features
    student = Student(whole.words.num_embeddings, len(kept), width, inner)
    state = {n: v for n, v in whole.state_dict().items() if not n.startswith("layers.")}
    for new, old in enumerate(kept):
        state |= {f"layers.{new}.{n}": v for n, v in whole.layers[old].state_dict().items()}
    student.load_state_dict(state)
    return student.to(device())


def mixed(votes: Sequence[tuple[float, NDArray[np.float64], NDArray[np.bool_]]]) -> NDArray[np.float64]:
    """The mean of voters' probabilities (texts x answers), each with its share and the texts that it read."""
    total = sum(share * read[:, None] * said for share, said, read in votes)
    weight = sum(share * read[:, None] for share, _, read in votes)
    found: NDArray[np.float64] = total / weight
    return found


@dataclass(frozen=True, slots=True)
class Answers:
    """What a student is to answer: probabilities of tone and topics, and the teacher's features."""

    texts: tuple[str, ...]
    tone: NDArray[np.float32]
    topics: NDArray[np.float32]
    features: NDArray[np.float16]

    def some(self, rows: Sequence[int]) -> Answers:
        """The answers to these texts."""
        texts = tuple(self.texts[n] for n in rows)
        return Answers(texts, self.tone[rows], self.topics[rows], self.features[rows])


def answers(work: Path, voters: Voters, doses: Doses) -> Answers:
    """What the voters say of all texts together. Labelled texts answer by their labels.

    Raises ValueError when what the teacher said is not of these texts.
    """
    free, known = lessons.unlabelled(doses), lessons.examples(doses)
    said = np.load(work / "teacher-said.npz")
    if len(said["tone"]) != len(free) + len(known):
        raise ValueError(
            f"teacher-said.npz holds {len(said['tone'])} answers for {len(free) + len(known)} texts. "
            "Make it anew with `--again answers`."
        )
    tones = [(voters.teacher, softmax(said["tone"][: len(free)].astype(float), axis=1), _all(free))]
    topics = [(voters.teacher, expit(said["topics"][: len(free)].astype(float)), _all(free))]
    for name, share in voters.shares().items():
        theirs = np.load(work / f"votes-{name}.npz")
        tones.append((share, theirs["tone"].astype(float), theirs["read"]))
        topics.append((share, theirs["topics"].astype(float), theirs["read"]))
    hard = lessons.hard(known, doses)
    return Answers(
        (*free, *(e.text for e in known)),
        np.concatenate([mixed(tones), hard.tone]).astype(np.float32),
        np.concatenate([mixed(topics), hard.topics]).astype(np.float32),
        said["features"],
    )


def with_more(
    wanted: Answers, more: Sequence[Example], features: NDArray[np.float16], doses: Doses
) -> Answers:
    """Answers to further labelled texts, with the teacher's features of them, after those that are there."""
    hard = lessons.hard(more, doses)
    return Answers(
        (*wanted.texts, *hard.texts),
        np.concatenate([wanted.tone, hard.tone]),
        np.concatenate([wanted.topics, hard.topics]),
        np.concatenate([wanted.features, features]),
    )


def _all(texts: Sequence[str]) -> NDArray[np.bool_]:
    return np.ones(len(texts), dtype=bool)


def contrast(ours: Tensor, theirs: Tensor, sharpness: float) -> Tensor:
    """InfoNCE between vectors (pairs x width) of texts that mean the same, both ways."""
    alike = F.normalize(ours, dim=1) @ F.normalize(theirs, dim=1).T * sharpness
    places = torch.arange(len(alike), device=alike.device)
    return (F.cross_entropy(alike, places) + F.cross_entropy(alike.T, places)) / 2


class Pupil(nn.Module):
    """A student with the map that lays its features over the teacher's; the map is thrown away."""

    def __init__(self, student: Student, wide: int) -> None:
        super().__init__()
        self.student = student
        width = 2 * student.words.embedding_dim
        self.over = nn.Identity() if width == wide else nn.Linear(width, wide)


def train(
    student: Student,
    tokenizer: Tokenizer,
    wanted: Answers,
    pairs: Sequence[tuple[str, str]],
    settings: Settings,
    checkpoint: Path | None,
) -> None:
    """Teach in place; the student ends with the mean weights of the last part of the run."""
    torch.manual_seed(settings.seed)
    pupil = Pupil(student, wanted.features.shape[1]).to(device())
    ids = [e.ids for e in tokenizer.encode_batch_fast(list(wanted.texts))]
    sides = [[e.ids for e in tokenizer.encode_batch_fast([pair[n] for pair in pairs])] for n in (0, 1)]

    def prepare(epoch: int) -> tuple[list[list[int]], finetune.Loss]:
        generator = np.random.default_rng((settings.seed, epoch))

        def loss(batch: list[int], _spent: float) -> Tensor:
            with autocast():
                found = torch.cat(student.encode(*padded([ids[r] for r in batch])), 1)
                said, named = student.sentiment(found), student.topics(found)
                over = pupil.over(found)
            total = F.cross_entropy(said.float(), _tensor(wanted.tone[batch]))
            total = total + 9 * F.binary_cross_entropy_with_logits(
                named.float(), _tensor(wanted.topics[batch])
            )
            total = total + settings.feature_weight * F.mse_loss(
                over.float(), _tensor(wanted.features[batch])
            )
            if pairs and settings.contrast_weight and batch[0] % settings.contrast_every == 0:
                total = total + settings.contrast_weight * _drawn(student, sides, (epoch, batch[0]), settings)
            return total

        return list(batches([len(i) for i in ids], finetune.BATCH_TOKENS, generator)), loss

    optimizer = finetune.optimiser(student, settings.rate)
    if any(True for _ in pupil.over.parameters()):
        optimizer.add_param_group({"params": pupil.over.parameters(), "peak": settings.rate * 8})
    finetune.descend(pupil, optimizer, settings.epochs, prepare, settings.average_from, "student", checkpoint)


def _drawn(
    student: Student, sides: Sequence[list[list[int]]], key: tuple[int, int], settings: Settings
) -> Tensor:
    """The contrast of some pairs, the same ones for the same batch."""
    generator = np.random.default_rng((settings.seed, *key))
    rows = generator.integers(len(sides[0]), size=settings.contrast_pairs)
    with autocast():
        ours, theirs = (student.encode(*padded([side[r] for r in rows]))[0] for side in sides)
    return contrast(ours, theirs, settings.sharpness)


def _tensor(values: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(device())


def lesson(
    work: Path,
    teacher: Student,
    tokenizer: Tokenizer,
    settings: Settings,
    voters: Voters,
    doses: Doses,
    some: Callable[[Answers], Answers] = lambda whole: whole,
) -> Answers:
    """All that a student learns: `some` of the answered texts, and variations of the labelled ones."""
    wanted, known = some(answers(work, voters, doses)), lessons.examples(doses)
    more = [e for n in range(settings.variations) for e in varied(known, settings.seed + n)]
    said = e5_teacher.say(teacher, tokenizer, [e.text for e in more], stars=False)
    return with_more(wanted, more, said.features, doses)


def stage(work: Path, settings: Settings, voters: Voters, doses: Doses) -> None:
    """Write `student.pt`."""
    tokenizer = e5_teacher.load_tokenizer(work, settings.longest)
    teacher = finetune.start(work, e5_teacher.MADE)
    student = begin(teacher, settings.shape)
    wanted = lesson(work, teacher, tokenizer, settings, voters, doses)
    del teacher
    pairs = data.pairs()
    pairs = [pairs[n] for n in lessons.some(len(pairs), doses.share, lambda n: pairs[n][0])]
    train(student, tokenizer, wanted, pairs, settings, work / "student.part")
    finetune.watch(student, tokenizer, "student")
    torch.save(student.state_dict(), work / MADE)
