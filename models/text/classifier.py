"""The bundled transformer: texts in, sentiment and topics out, without a network and without torch.

One encoder pass answers both questions. A prediction depends on its text alone: activations are quantised
token by token and padding carries no weight, so the batch a text happens to be in changes nothing but the
last digits of a probability (sums of 32-bit numbers, in an order that goes by the batch's size).
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from models.errors import ModelError
from models.text import languages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Logits: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]

BUNDLED = Path(__file__).parents[1] / "bundled"
# The sentiment of a text in a language that the model's card does not cover: said instead of a guess.
NOT_COVERED = "not_covered"
# Only the beginning of a text is read: at most so many characters, and of those the pieces that the
# model has positions for (`max_tokens` in config.json, 256). 99.9 % of store reviews are shorter.
MAX_CHARACTERS = 4_096
# Padded tokens in a batch: large enough for the matrix products, small enough for the caches (of 256, 512,
# 1,024 and 2,048 the first two were the fastest: 254 texts a core-second against 223 and 203).
_BATCH_TOKENS = 512
# In config.json, whose calibration the languages without one of their own go by.
_OTHERS = "others"
# Texts tokenised at once, which bounds memory whatever the caller hands in.
_CHUNK = 8_192


class ModelFolderError(ModelError):
    """A model folder that cannot be served; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class TopicScore:
    """A topic that the text speaks of, and how sure the model is (0 to 1)."""

    topic: str
    score: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one text. Probabilities sum to 1; topics go from surest to least sure.

    Of a text in a language outside the card it says nothing: the sentiment is NOT_COVERED, the
    probabilities are all alike and there is no topic.
    """

    sentiment: str
    probabilities: Mapping[str, float]
    topics: tuple[TopicScore, ...]

    @property
    def is_covered(self) -> bool:
        """Whether the model's card covers the text's language."""
        return self.sentiment != NOT_COVERED


@dataclass(frozen=True, slots=True)
class _Calibration:
    """What turns logits into decisions: a temperature for sentiment, a threshold a topic."""

    temperature: float
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Settings:
    """What config.json says beside the architecture.

    A text goes by the calibration of its language, or by `languages["others"]`, where there is one; by
    `common` where there is none and where nothing tells its language.
    """

    name: str
    sentiments: tuple[str, ...]
    topics: tuple[str, ...]
    common: _Calibration
    languages: Mapping[str, _Calibration]
    max_tokens: int

    def calibration_of(self, text: str) -> _Calibration:
        language = languages.language_of(text) if self.languages else None
        if language is None:
            return self.common
        return self.languages.get(language) or self.languages.get(_OTHERS) or self.common


class Classifier:
    """A loaded model. Safe to use from several threads."""

    def __init__(
        self, session: Any, tokenizer: Any, settings: _Settings, version: str, figures: Any, confusion: Any
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._settings = settings
        self._workers = _cores()
        alike = dict.fromkeys(settings.sentiments, 1 / len(settings.sentiments))
        self._silence = Prediction(NOT_COVERED, MappingProxyType(alike), ())
        self.name: str = settings.name
        self.model_version: str = version
        self.figures: dict[str, Any] = figures
        self.confusion: dict[str, Any] = confusion

    @classmethod
    def load(cls, folder: Path | None = None) -> Classifier:
        """Read a model folder (the bundled one by default). Raises ModelFolderError."""
        folder = folder or BUNDLED
        config = _read_json(folder / "config.json")
        settings = _settings(folder / "config.json", config)
        figures = _read_json(folder / "card.json")
        # a folder without it is a model whose errors nobody has counted
        counted = folder / "confusion.json"
        confusion = _read_json(counted) if counted.is_file() else {}
        tokenizer = _open_tokenizer(folder / "tokenizer.json", settings.max_tokens)
        session = _open_session(folder / "model.onnx")
        return cls(session, tokenizer, settings, f"{settings.name}+{_digest(folder)}", figures, confusion)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order. Any string is accepted; equal texts are read once."""
        cleaned = [_readable(text) for text in texts]
        distinct = list(dict.fromkeys(cleaned))
        known = dict.fromkeys(distinct, self._silence)
        distinct = [text for text in distinct if languages.is_covered(text)]
        for start in range(0, len(distinct), _CHUNK):
            chunk = distinct[start : start + _CHUNK]
            known.update(zip(chunk, self._decide(chunk, *self.logits(chunk)), strict=True))
        return [known[text] for text in cleaned]

    def logits(self, texts: list[str]) -> Logits:
        """Sentiment and topic logits of distinct texts, in their order."""
        import numpy as np

        ids = [e.ids for e in self._tokenizer.encode_batch_fast(texts)]
        sentiment = np.empty((len(ids), len(self._settings.sentiments)))
        topics = np.empty((len(ids), len(self._settings.topics)))

        def run(rows: list[int]) -> None:
            sentiment[rows], topics[rows] = self._session.run(
                ["sentiment", "topics"], _padded([ids[row] for row in rows])
            )

        plan = list(_batches([len(i) for i in ids]))
        if len(plan) == 1 or self._workers == 1:
            for rows in plan:
                run(rows)
        else:
            # One single-threaded run a core scales better than threads that share one batch, and does
            # no harm on machines whose second core is none.
            with ThreadPoolExecutor(self._workers) as pool:
                list(pool.map(run, plan))
        return sentiment, topics

    def _decide(
        self, texts: Sequence[str], sentiment: NDArray[np.float64], topics: NDArray[np.float64]
    ) -> Iterator[Prediction]:
        """Calibrated probabilities, and the topics above their thresholds."""
        import numpy as np
        from scipy.special import softmax

        calibrations = [self._settings.calibration_of(text) for text in texts]
        temperatures = np.array([[c.temperature] for c in calibrations])
        probabilities = softmax(sentiment / temperatures, axis=1).tolist()
        scores = 1 / (1 + np.exp(-topics))
        chosen = scores >= np.array([c.thresholds for c in calibrations])
        for row, shares in enumerate(probabilities):
            named = dict(zip(self._settings.sentiments, shares, strict=True))
            found = [
                TopicScore(self._settings.topics[n], float(scores[row, n]))
                for n in np.flatnonzero(chosen[row])
            ]
            found.sort(key=lambda t: (-t.score, t.topic))
            yield Prediction(max(named, key=lambda k: named[k]), MappingProxyType(named), tuple(found))


def _readable(text: str) -> str:
    """The part that is read, as valid Unicode: lone surrogates become U+FFFD."""
    text = text[:MAX_CHARACTERS]
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers, longest texts first, in batches of at most `_BATCH_TOKENS` padded tokens."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        size = max(1, _BATCH_TOKENS // lengths[order[start]])
        yield order[start : start + size]
        start += size


def _padded(ids: list[list[int]]) -> dict[str, NDArray[np.int64]]:
    """Piece numbers (texts x longest) and a mask with 1 where there is a piece."""
    import numpy as np

    block = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    mask = np.zeros_like(block)
    for row, pieces in enumerate(ids):
        block[row, : len(pieces)] = pieces
        mask[row, : len(pieces)] = 1
    return {"input_ids": block, "attention_mask": mask}


def _cores() -> int:
    """How many cores this process may use; Dask and Ray tell their workers by OMP_NUM_THREADS."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    told = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(there, int(told))) if told.isdecimal() else there


def _cpu_flags() -> frozenset[str]:
    """What Linux says that the processor can; nothing where it is not asked so."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def _sums_may_overflow(machine: str, flags: Collection[str]) -> bool:
    """Whether this processor's int8 products lose what does not fit into 16 bits.

    On x86 before VNNI two products of bytes are added in 16 bits (`VPMADDUBSW`), and what is more is cut off;
    VNNI and the processors of Arm add in 32. onnxruntime has products without loss for the former,
    `session.x64quantprecision` (onnxruntime_session_options_config_keys.h). A processor that cannot be asked
    is taken for one that loses.
    """
    return machine.lower() in ("x86_64", "amd64", "i386", "i686") and not {"avx_vnni", "avx512_vnni"} & set(
        flags
    )


def _open_session(path: Path) -> Any:
    import onnxruntime

    _require(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if _sums_may_overflow(platform.machine(), _cpu_flags()):
        # Without it, logits differ from processor to processor by up to 0.8, with it by 0.0002 (40 texts).
        # Where VNNI is there it would change nothing, at 1.4 times the time.
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class
        raise ModelFolderError(f"{path}: onnxruntime cannot open it ({error}); restore the file") from error


def _open_tokenizer(path: Path, max_tokens: int) -> Any:
    from tokenizers import Tokenizer

    _require(path)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _settings(path: Path, config: Mapping[str, Any]) -> _Settings:
    try:
        own = config["hoshiyomi"]
        settings = _Settings(
            name=str(own["name"]),
            sentiments=tuple(own["sentiments"]),
            topics=tuple(own["topics"]),
            common=_calibration(own, own["topics"]),
            languages={
                group: _calibration(values, own["topics"])
                for group, values in own.get("languages", {}).items()
            },
            max_tokens=int(own["max_tokens"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFolderError(f"{path}: section `hoshiyomi` lacks or misstates {error}") from error
    for calibration in (settings.common, *settings.languages.values()):
        if calibration.temperature <= 0:
            raise ModelFolderError(f"{path}: `temperature` must be above 0, not {calibration.temperature}")
    return settings


def _calibration(values: Mapping[str, Any], topics: Sequence[str]) -> _Calibration:
    return _Calibration(
        float(values["temperature"]), tuple(float(values["thresholds"][topic]) for topic in topics)
    )


def _read_json(path: Path) -> dict[str, Any]:
    _require(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelFolderError(f"{path}: not valid JSON ({error}); restore the file") from error
    if not isinstance(found, dict):
        raise ModelFolderError(f"{path}: must hold a JSON object")
    return found


def _require(path: Path) -> None:
    if not path.is_file():
        raise ModelFolderError(
            f"{path} is missing: a model folder holds model.onnx, tokenizer.json, config.json and card.json; "
            "restore it from the repository or make it with `make train`"
        )


def _digest(folder: Path) -> str:
    """Eight hex digits over everything that a prediction depends on."""
    digest = hashlib.sha256()
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        digest.update((folder / name).read_bytes())
    digest.update(b"%d" % languages.RULES)
    return digest.hexdigest()[:8]
