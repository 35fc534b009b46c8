"""int8 for the linear layers: how activations are coded, and which codes the weights get.

Activations that follow a LayerNorm or the attention have one scale and zero for all texts, found on
training texts; those that follow GELU, whose outliers come and go, have one scale a **token**. Either way
a text's answer does not depend on the batch it is in. A factor a channel shares the range between
activations and weights (SmoothQuant, Xiao et al. 2023); its strength is chosen layer by layer. Weights have
one scale a column and are rounded so that each rounding error is made good by the weights that follow
(GPTQ, Frantar et al. 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.training import data, finetune
from models.training.encoder import Student, batches, padded

Floats = NDArray[np.float32]

GELU_MINIMUM = -0.17
STRENGTHS = (0.6, 0.75, 0.9)
_SAMPLED = 7_000
_CODES = 255


@dataclass(frozen=True, slots=True)
class Quantised:
    """One linear layer: value of an activation = scale * (code - zero) / factor, channel by channel.

    `scale` is None where every token has its own; `zero` then stands for GELU's minimum, so that all codes
    go upwards. `codes` (in x out) times `steps` (out) are the weights over `factors` (in).
    """

    factors: Floats
    scale: float | None
    zero: int
    codes: NDArray[np.int8]
    steps: Floats

    def floor(self) -> Floats:
        """What has to be added to the product (out) where `zero` stands for GELU's minimum."""
        return (GELU_MINIMUM * self.factors @ (self.codes * self.steps)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Samples:
    """What went into a linear layer: the largest magnitude a channel, and some rows (tokens x channels)."""

    peaks: Floats
    rows: Floats


def texts(count: int = 700) -> list[str]:
    """Texts to sample activations from: one half Japanese training texts, the other unlabelled reviews."""
    generator = np.random.default_rng(0)
    japanese = [e.text for e in data.training_examples() if e.language == "ja"]
    reviews = [r.text for r in data.star_reviews() if not data.is_held_out_app(r.app)]
    return [pool[n] for pool in (japanese, reviews) for n in generator.permutation(len(pool))[: count // 2]]


def samples(work: Path, state_file: Path) -> dict[str, Samples]:
    """The inputs of every linear layer of a trained student."""
    tokenizer = finetune.load_tokenizer(work)
    ids = [e.ids for e in tokenizer.encode_batch_fast(texts())]
    return sampled(finetune.start(state_file.parent, state_file.name).cpu(), ids)


def sampled(student: Student, ids: Sequence[list[int]]) -> dict[str, Samples]:
    """The same for any student and tokenised texts."""
    share = _SAMPLED / sum(map(len, ids))
    generator = torch.Generator().manual_seed(0)
    peaks: dict[str, Floats] = {}
    rows: dict[str, list[Floats]] = {}
    places: list[torch.Tensor] = []

    def note(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
        def hook(_module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            read, kept = places
            x = inputs[0].detach().float()[read]
            peaks[name] = np.maximum(peaks.get(name, np.float32(0)), x.abs().amax(0).numpy())
            rows.setdefault(name, []).append(x[kept].numpy())

        return hook

    hooks = [
        module.register_forward_pre_hook(note(name))
        for name, module in student.layers.named_modules(prefix="layers")
        if isinstance(module, nn.Linear)
    ]
    student.eval()
    for batch in batches([len(i) for i in ids], 2_048):
        block, mask = (t.cpu() for t in padded([ids[r] for r in batch]))
        kept = torch.nonzero(torch.rand(int(mask.sum()), generator=generator) < share)[:, 0]
        places[:] = (mask > 0, kept)
        with torch.no_grad():
            student(block, mask)
    for hook in hooks:
        hook.remove()
    return {name: Samples(peaks[name], np.concatenate(rows[name])) for name in rows}


def plan(
    state: Mapping[str, Floats], seen: Mapping[str, Samples], strengths: Sequence[float] = STRENGTHS
) -> dict[str, Quantised]:
    """Every linear layer, quantised with the strength that changes its output least on unseen rows."""
    return {
        name: _best(state[f"{name}.weight"].T, s, strengths, is_gelu=name.endswith(".down"))
        for name, s in seen.items()
    }


def _best(weight: Floats, seen: Samples, strengths: Sequence[float], *, is_gelu: bool) -> Quantised:
    cut = len(seen.rows) * 3 // 4
    fitted, left = seen.rows[:cut], seen.rows[cut:]
    wanted = left @ weight
    tried = [_quantised(weight, seen.peaks, fitted, strength, is_gelu) for strength in strengths]
    errors = [float(((coded(left, q) @ (q.codes * q.steps) - wanted) ** 2).mean()) for q in tried]
    return tried[int(np.argmin(errors))]


def _quantised(weight: Floats, peaks: Floats, rows: Floats, strength: float, is_gelu: bool) -> Quantised:
    factors = smoothing(weight, peaks, strength)
    smooth = weight / factors[:, None]
    scale, zero = (None, 0) if is_gelu else least_squares_range(rows * factors, (smooth**2).sum(1))
    empty = Quantised(factors, scale, zero, np.zeros(0, np.int8), np.zeros(0, np.float32))
    codes, steps = rounded(smooth, coded(rows, empty))
    return Quantised(factors, scale, zero, codes, steps)


def smoothing(weight: Floats, peaks: Floats, strength: float) -> Floats:
    """A factor a channel: large activations shrink, their weights (in x out) grow. Geometric mean one."""
    largest = np.maximum(np.abs(weight).max(1), 1e-5)
    factors = largest ** (1 - strength) / np.maximum(peaks, 1e-5) ** strength
    return (factors / np.exp(np.log(factors).mean())).astype(np.float32)


def coded(rows: Floats, q: Quantised) -> Floats:
    """Rows times factors as the graph sees them after coding."""
    if q.scale is None:
        above = (rows - GELU_MINIMUM) * q.factors
        scales = np.maximum(above.max(1, keepdims=True) / _CODES, 1e-9)
        return np.rint(above / scales) * scales + GELU_MINIMUM * q.factors
    codes = np.clip(np.rint(rows * q.factors / q.scale) + q.zero, 0, _CODES)
    return ((codes - q.zero) * q.scale).astype(np.float32)


def least_squares_range(rows: Floats, weights: Floats, most: int = 1_200) -> tuple[float, int]:
    """Scale and zero of uint8 codes with the least squared error, channels counted by `weights`."""
    some = rows[:most]
    low, high = min(float(rows.min()), -1e-6), max(float(rows.max()), 1e-6)
    shares = np.concatenate([np.linspace(1, 0.5, 11), np.linspace(0.45, 0.1, 8)])

    def error(low: float, high: float) -> float:
        scale, zero = _range(low, high)
        codes = np.clip(np.rint(some / scale) + zero, 0, _CODES)
        return float((((codes - zero) * scale - some) ** 2 * weights).sum())

    ends = [low, high]
    for _ in range(2):
        ends[1] = high * min(shares, key=lambda share: error(ends[0], high * share))
        ends[0] = low * min(shares, key=lambda share: error(low * share, ends[1]))
    return _range(ends[0], ends[1])


def _range(low: float, high: float) -> tuple[float, int]:
    scale = (high - low) / _CODES
    return scale, int(np.clip(np.rint(-low / scale), 0, _CODES))


def rounded(
    weight: Floats, rows: Floats, *, damping: float = 0.01, block: int = 64
) -> tuple[NDArray[np.int8], Floats]:
    """GPTQ: codes (in x out) and a step a column, for inputs like `rows`."""
    size = len(weight)
    hessian = rows.T.astype(np.float64) @ rows / len(rows)
    hessian[np.diag_indices(size)] += damping * np.diag(hessian).mean() + 1e-12
    order = np.argsort(-np.diag(hessian))
    left = weight[order].astype(np.float64)
    inverse = np.linalg.cholesky(np.linalg.inv(hessian[np.ix_(order, order)])).T
    steps = np.maximum(np.abs(weight).max(0) / 127, 1e-12)
    codes = np.zeros(weight.shape, dtype=np.int8)
    for start in range(0, size, block):
        end = min(start + block, size)
        errors = np.zeros((end - start, weight.shape[1]))
        for row in range(start, end):
            near = np.clip(np.rint(left[row] / steps), -127, 127)
            codes[order[row]] = near
            errors[row - start] = (left[row] - near * steps) / inverse[row, row]
            left[row + 1 : end] -= np.outer(inverse[row, row + 1 : end], errors[row - start])
        left[end:] -= inverse[start:end, end:].T @ errors
    return codes, steps.astype(np.float32)
