"""The vocabulary: MiniLM's English pieces that are in use, plus Japanese, European and emoji pieces.

One WordPiece model serves all. What makes it fit Japanese is done before it: NFKC, accents taken off
Latin letters only (dakuten survive), and a cut before every content word (a run of kanji or katakana with
the hiragana that follows), so that greedy longest match works on short runs with pieces of whole words.
New embeddings start from what their pieces are translated by in the parallel corpus.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import sparse
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from models.training import data

UNKNOWN = "[UNK]"
SPECIALS = ("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]")
JAPANESE_PIECES = 12_500
EUROPEAN_PIECES = 3_500
EMOJI_PIECES = 160
# BERT's ids go from frequent to rare: the first are kept whether our corpora hold them or not.
ENGLISH_ALWAYS_BELOW = 9_000

_HAN = r"[\p{Han}々〆]"
_KATAKANA = r"[\p{Katakana}ー]"
# Runs are bounded because greedy matching is quadratic in their length.
_JAPANESE_RUN = (
    rf"{_HAN}{{1,16}}\p{{Hiragana}}{{0,16}}|{_KATAKANA}{{1,24}}\p{{Hiragana}}{{0,16}}"
    r"|[\p{Hiragana}ー]{1,24}"
)
_SYMBOL = r"[\p{So}\p{Sk}\p{Sm}\p{Sc}]"


def pipeline(tokenizer: Tokenizer) -> Tokenizer:
    """Give a tokenizer our normaliser and pre-tokeniser. The same for training and serving."""
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"[\p{Cc}\p{Zl}\p{Zp}]"), " "),
            normalizers.Replace(Regex(r"[\p{Cf}\x{FE00}-\x{FE0F}\x{1F3FB}-\x{1F3FF}]"), ""),
            normalizers.Lowercase(),
            normalizers.NFD(),
            normalizers.Replace(Regex(r"(?<=[a-z])\p{M}+"), ""),
            normalizers.NFC(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_JAPANESE_RUN), "isolated"),
            pre_tokenizers.Split(Regex(_SYMBOL), "isolated"),
            pre_tokenizers.BertPreTokenizer(),
        ]
    )
    return tokenizer


def _learn(texts: Iterator[str], size: int, alphabet: int) -> list[str]:
    """Pieces learnt by WordPiece training, most useful first."""
    tokenizer = pipeline(Tokenizer(models.WordPiece(unk_token=UNKNOWN)))
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, limit_alphabet=alphabet, show_progress=False, continuing_subword_prefix="##"
    )
    tokenizer.train_from_iterator(texts, trainer)
    return [piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]


def _is_japanese(piece: str) -> bool:
    return any("\u3000" < c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in piece)


def _japanese_texts(pairs: list[tuple[str, str]]) -> Iterator[str]:
    """Our seeds weigh most: they speak as reviewers do."""
    seed_texts = [e.text for e in data.seeds(data.FIRST_SEEDS) if not data.is_held_out(e)]
    for _ in range(8):
        yield from seed_texts
    yield from (japanese for _, japanese in pairs)
    yield from data.japanese_text()


def _european_texts() -> Iterator[str]:
    reviews = (r.text for r in data.star_reviews() if not data.is_held_out_app(r.app))
    yield from (t for t in reviews if sum(c > "\x7f" for c in t) >= 2)


def _emoji(texts: list[str]) -> list[str]:
    counts = Counter(c for t in texts for c in t if unicodedata.category(c) == "So" and c not in "�")
    return [c for c, n in counts.most_common(EMOJI_PIECES) if n > 1]


def _english_in_use(teacher: Tokenizer, texts: list[str]) -> list[str]:
    """MiniLM's pieces that our corpora use or that are common anyway, in their old order."""
    counts = np.zeros(teacher.get_vocab_size(), dtype=np.int64)
    for start in range(0, len(texts), 20_000):
        for encoding in teacher.encode_batch_fast(texts[start : start + 20_000]):
            np.add.at(counts, encoding.ids, 1)
    vocabulary = sorted(teacher.get_vocab().items(), key=lambda item: item[1])
    return [
        piece
        for piece, number in vocabulary
        if (number < ENGLISH_ALWAYS_BELOW or counts[number] > 3)
        and not (piece.startswith("[") and piece.endswith("]"))
        and _is_latin_or_mark(piece)
    ]


def _is_latin_or_mark(piece: str) -> bool:
    """Drop single letters of scripts that no language of the card uses."""
    return all(c < "\u0250" or "\u0400" <= c < "\u0460" or "\u2000" <= c < "\u2200" for c in piece)


def build(teacher_folder: Path) -> tuple[Tokenizer, np.ndarray, int]:
    """The tokenizer, its starting embeddings (pieces x width) and how many pieces come from MiniLM."""
    teacher = Tokenizer.from_file(str(teacher_folder / "tokenizer.json"))
    teacher.no_padding()
    pairs = data.pairs()
    reviews = [r.text for r in data.star_reviews() if not data.is_held_out_app(r.app)]
    labelled = [e.text for n in ("en_train", "eu_train") for e in data.labelled(n) if not data.is_held_out(e)]
    texts = (
        reviews
        + labelled
        + [e.text for e in data.seeds(data.FIRST_SEEDS)]
        + [english for english, _ in pairs]
    )
    english = _english_in_use(teacher, texts)
    known = set(english) | set(SPECIALS)
    japanese = [p for p in _learn(_japanese_texts(pairs), JAPANESE_PIECES + 600, 3_300) if _is_japanese(p)]
    european = [p for p in _learn(_european_texts(), 14_000, 300) if not _is_japanese(p) and len(p) > 1]
    kana = [chr(c) for c in range(0x3041, 0x30FD)]
    japanese = [*kana, *(f"##{c}" for c in kana), *japanese[:JAPANESE_PIECES]]
    fresh = [p for p in japanese if p not in known]
    fresh += [p for p in european if p not in known and p.strip("#")][:EUROPEAN_PIECES]
    fresh += [p for p in _emoji(texts) if p not in known]
    pieces = list(dict.fromkeys([*SPECIALS, *english, *fresh]))
    tokenizer = _tokenizer(pieces)
    return tokenizer, _start_embeddings(tokenizer, pieces, teacher_folder, teacher, pairs), len(english)


def _tokenizer(pieces: list[str]) -> Tokenizer:
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = pipeline(
        Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=100))
    )
    tokenizer.add_special_tokens(list(SPECIALS))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    return tokenizer


def _start_embeddings(
    tokenizer: Tokenizer,
    pieces: list[str],
    teacher_folder: Path,
    teacher: Tokenizer,
    pairs: list[tuple[str, str]],
) -> np.ndarray:
    """MiniLM's rows where it knows the piece; else a mean over translations; else over its letters."""
    from safetensors.numpy import load_file

    old = load_file(teacher_folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    old_ids = teacher.get_vocab()
    spread = float(old.std())
    rows = np.random.default_rng(0).normal(0, spread * 0.3, (len(pieces), old.shape[1])) + old.mean(0)
    translated = _translations(tokenizer, len(pieces), teacher, len(old), pairs)
    totals = np.asarray(translated.sum(1)).ravel()
    means = translated @ old / np.maximum(totals, 1e-9)[:, None]
    for number, piece in enumerate(pieces):
        if piece in old_ids:
            rows[number] = old[old_ids[piece]]
        elif totals[number] > 0:
            rows[number] = means[number]
        else:
            parts = [i for i in teacher.encode(piece.strip("#"), add_special_tokens=False).ids if i != 100]
            if parts:
                rows[number] = old[parts].mean(0)
    return rows.astype(np.float32)


def _translations(
    tokenizer: Tokenizer, size: int, teacher: Tokenizer, old_size: int, pairs: list[tuple[str, str]]
) -> sparse.csr_matrix:
    """Weights (piece x English piece): squared Dice coefficients of co-occurrence, the eight best."""
    ours = _incidence(tokenizer, [japanese for _, japanese in pairs], size)
    theirs = _incidence(teacher, [english for english, _ in pairs], old_size)
    together = (ours.T @ theirs).tocsr()
    mine, other = np.asarray(ours.sum(0)).ravel(), np.asarray(theirs.sum(0)).ravel()
    keep_rows, keep_columns, weights = [], [], []
    for row in range(size):
        start, end = together.indptr[row], together.indptr[row + 1]
        if mine[row] < 2 or start == end:
            continue
        columns, counts = together.indices[start:end], together.data[start:end]
        dice = 2 * counts / (mine[row] + other[columns])
        best = np.argsort(-dice)[:8]
        keep_rows += [row] * len(best)
        keep_columns += columns[best].tolist()
        weights += (dice[best] ** 2).tolist()
    return sparse.csr_matrix((weights, (keep_rows, keep_columns)), shape=(size, old_size))


def _incidence(tokenizer: Tokenizer, texts: list[str], size: int) -> sparse.csr_matrix:
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    rows = [n for n, e in enumerate(encodings) for _ in set(e.ids)]
    columns = [i for e in encodings for i in set(e.ids)]
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(texts), size))


def stage(work: Path, teacher_folder: Path) -> None:
    """Write `vocabulary.json` (a tokenizer) and `embeddings.npy` into the work folder."""
    tokenizer, rows, from_teacher = build(teacher_folder)
    tokenizer.save(str(work / "vocabulary.json"))
    np.save(work / "embeddings.npy", rows)
    print(f"vocabulary: {len(rows)} pieces, {from_teacher} of them MiniLM's")
