"""The bundled folder: graph, tokenizer, configuration and figures, loadable by `transformers` as well."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from models.training import export, quantise
from models.training.calibrate import Calibration
from models.training.data import SENTIMENTS, TOPICS
from models.training.encoder import HEADS, INNER, LAYERS, POSITIONS, WIDTH

NAME = "hoshiyomi-ja-en-1"


def arrays(state_file: Path) -> dict[str, np.ndarray]:
    """A trained student's weights as fp32 arrays."""
    state = torch.load(state_file, map_location="cpu")
    return {name: value.float().numpy() for name, value in state.items()}


def write_graph(work: Path, state_file: Path, folder: Path, *, int8: bool = True) -> None:
    """`model.onnx`."""
    folder.mkdir(parents=True, exist_ok=True)
    state = arrays(state_file)
    plan = quantise.plan(state, quantise.samples(work, state_file)) if int8 else {}
    export.save(state, folder / "model.onnx", plan)


def write_uncalibrated(
    work: Path, state_file: Path, folder: Path, *, int8: bool = True, layers: int = LAYERS
) -> int:
    """All that it takes to read logits, from which the calibration then comes; the number of pieces."""
    write_graph(work, state_file, folder, int8=int8)
    pieces = write_tokenizer(work, folder)
    write_config(folder, pieces, Calibration(1.0, (0.5,) * len(TOPICS)), layers)
    write_card(folder, {})
    return pieces


def write_tokenizer(work: Path, folder: Path) -> int:
    """`tokenizer.json` and `tokenizer_config.json`; the number of pieces."""
    tokenizer = Tokenizer.from_file(str(work / "vocabulary.json"))
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": POSITIONS,
            "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
            "mask_token": "[MASK]",
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
        },
    )  # fmt: skip
    return tokenizer.get_vocab_size()


def write_config(folder: Path, pieces: int, calibration: Calibration, layers: int = LAYERS) -> None:
    """`config.json`: the architecture as `transformers` names it, and what serving needs beside it."""
    _write(
        folder / "config.json",
        {
            "model_type": "bert",
            "vocab_size": pieces,
            "hidden_size": WIDTH,
            "num_hidden_layers": layers,
            "num_attention_heads": HEADS,
            "intermediate_size": INNER,
            "max_position_embeddings": POSITIONS,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-12,
            "pad_token_id": 0,
            "id2label": {str(n): name for n, name in enumerate(SENTIMENTS)},
            "label2id": {name: n for n, name in enumerate(SENTIMENTS)},
            "hoshiyomi": {
                "name": NAME,
                "sentiments": list(SENTIMENTS),
                "topics": list(TOPICS),
                "temperature": calibration.temperature,
                "thresholds": dict(zip(TOPICS, calibration.thresholds, strict=True)),
                "max_tokens": POSITIONS,
            },
        },
    )


def write_card(folder: Path, figures: dict[str, object]) -> None:
    """`card.json`: the headline figures that the dashboard shows."""
    _write(folder / "card.json", figures)


def _write(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
