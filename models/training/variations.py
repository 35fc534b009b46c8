"""Japanese texts as stores show them: under a title, or rambling on to a second thing of the same tone.

Reviews of the App Store stand under a title; our seeds are short and have none. A title names no subject, so
the topics of a text stay what they were; of two texts of one tone they are joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.training.data import Example, titles

SHORT = 70
JOINED, TITLED = 0.25, 0.35


def varied(examples: Sequence[Example], seed: int) -> list[Example]:
    """The Japanese texts that chance varies, in the shape that it gives them; the others are left out."""
    random = np.random.default_rng(seed)
    short = [e for e in examples if e.language == "ja" and len(e.text) < SHORT]
    alike = {tone: [e for e in short if e.sentiment == tone] for tone in range(3)}
    found = []
    for e in examples:
        if e.language != "ja":
            continue
        text, topics = e.text, e.topics
        if len(text) < SHORT and random.random() < JOINED:
            other = alike[e.sentiment][random.integers(len(alike[e.sentiment]))]
            text = text + _pick(random, ("", " ", "。", "\n")) + other.text
            topics = topics | other.topics
        if random.random() < TITLED:
            text = _pick(random, titles()[e.sentiment]) + _pick(random, ("。", "\n", " ")) + text
        if text != e.text:
            found.append(replace(e, text=text, topics=topics))
    return found


def _pick(random: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[random.integers(len(choices))]
