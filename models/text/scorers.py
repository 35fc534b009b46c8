"""Models of the Hugging Face Hub: finding their files, and running them to rows of logits."""

from __future__ import annotations

import importlib.util
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from models.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

BUNDLED = "bundled"
_SPEC = re.compile(r"(hub|zero-shot):(\w[\w.-]*/\w[\w.-]*)(?:@([\w./-]+))?")
_MAX_TOKENS = 256
_BATCH = 32
# Weights in a format that cannot carry code, and what the tokenizer needs.
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors", "onnx/model.onnx", "model.onnx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """The `[model]` table of the configuration."""

    sentiment: str = BUNDLED
    topic: str = BUNDLED
    labels: Mapping[str, str] = field(default_factory=dict)
    """A hub model's own labels to negative, neutral, positive; several may share one."""
    threshold: float = 0.5
    """Zero-shot topics at or above this entailment probability are kept."""
    download: bool = False
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """A parsed `hub:` or `zero-shot:` name."""

    kind: str
    repository: str
    revision: str


def parse_spec(text: str, kind: str) -> Spec:
    """Read `kind:owner/name@revision`. Raises ModelError for anything else."""
    match = _SPEC.fullmatch(text)
    if match is None or match[1] != kind:
        raise ModelError(f"Model {text!r} is not 'bundled' and not of the form '{kind}:owner/name@revision'.")
    return Spec(kind, match[2], match[3] or "main")


class Scorer(Protocol):
    """A model that gives one row of logits a text or pair of texts."""

    version: str
    labels: tuple[str, ...]

    def logits(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray: ...


def open_scorer(spec: Spec, choice: ModelChoice) -> Scorer:
    """Find the model's files and open them with what is installed. Raises ModelError."""
    folder = _files(spec, choice)
    version = f"{spec.kind}:{spec.repository}@{folder.name[:12]}"
    onnx = next((p for p in (folder / "onnx" / "model.onnx", folder / "model.onnx") if p.is_file()), None)
    if importlib.util.find_spec("torch") is not None and (folder / "model.safetensors").is_file():
        return TorchScorer(folder, version)
    if onnx is not None:
        return OnnxScorer(folder, onnx, version)
    raise ModelError(
        f"{spec.repository} cannot be run here: it carries no onnx/model.onnx, and its model.safetensors "
        "needs PyTorch. Remedy: pip install -e '.[hub]' (on Linux without a GPU install the CPU build of "
        "torch first), or choose a model with an ONNX file."
    )


def _files(spec: Spec, choice: ModelChoice) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                spec.repository, revision=spec.revision, cache_dir=choice.cache,
                local_files_only=not choice.download, allow_patterns=_WANTED,
            )
        )  # fmt: skip
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        how = "the Hub could not be reached" if choice.download else "it is not in the local cache"
        raise ModelError(
            f"Model {spec.repository}@{spec.revision} cannot be had: {how} ({type(error).__name__}). "
            "Remedy: copy the model's cache folder to this machine, or set download = true under [model] "
            "where the network is open; 'bundled' always works."
        ) from error


class _Tokenizing(ABC):
    """Texts to padded batches, sorted by length, and rows of logits back in order."""

    labels: tuple[str, ...]
    version: str

    def __init__(self, folder: Path, version: str) -> None:
        from transformers import AutoConfig, AutoTokenizer

        self.version = version
        self.folder = folder
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            config = AutoConfig.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(f"{version} is not a model that transformers can load: {error}") from error
        self.labels = tuple(config.id2label[i] for i in range(len(config.id2label)))

    def logits(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Logits of shape (texts, labels), float32; texts are cut at 256 tokens."""
        import numpy as np

        rows = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        for places in self._batches(texts):
            # Lone surrogates cannot be encoded; tokenizers refuse them.
            first = [texts[i].encode("utf-8", "replace").decode() for i in places]
            second = [pairs[i] for i in places] if pairs is not None else None
            encoded = self._tokenizer(
                first, second, padding=True, truncation="only_first" if second else True,
                max_length=_MAX_TOKENS, return_tensors="np",
            )  # fmt: skip
            rows[places] = self._run(encoded)
        return rows

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _BATCH):
            yield order[start : start + _BATCH]

    @abstractmethod
    def _run(self, encoded: Mapping[str, np.ndarray]) -> np.ndarray:
        """Logits of one batch."""


class TorchScorer(_Tokenizing):
    """Runs `model.safetensors` through PyTorch, on a GPU where there is one."""

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModelForSequenceClassification

        model = AutoModelForSequenceClassification.from_pretrained(
            self.folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
        return model.eval().to("cuda" if torch.cuda.is_available() else "cpu")

    def _run(self, encoded: Mapping[str, np.ndarray]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            inputs = {k: torch.from_numpy(v).to(self._model.device) for k, v in encoded.items()}
            logits: np.ndarray = self._model(**inputs).logits.float().cpu().numpy()
        return logits


class OnnxScorer(_Tokenizing):
    """Runs the repository's ONNX file on ONNX Runtime; PyTorch is not needed."""

    def __init__(self, folder: Path, onnx: Path, version: str) -> None:
        super().__init__(folder, version)
        import onnxruntime

        self._session = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"])
        self._inputs = {i.name for i in self._session.get_inputs()}

    def _run(self, encoded: Mapping[str, np.ndarray]) -> np.ndarray:
        logits: np.ndarray = self._session.run(None, {k: v for k, v in encoded.items() if k in self._inputs})[
            0
        ]
        return logits
