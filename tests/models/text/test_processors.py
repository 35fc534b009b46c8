"""Every processor says the same: int8 sums that do not fit into 16 bits are not cut off."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.text import classifier
from models.text.classifier import Classifier, _cores

TEXTS = [
    "It worked for two weeks, and since the update the camera shows nothing but black.",
    "アップデートしてからログインできません。何度も暗証番号を求められます。",
    "Please add a dark mode, otherwise perfect!",
    "とても使いやすくて助かっています！",
    "Die App stürzt ständig ab und niemand antwortet",
    "ok",
]
_OLDER = "Haswell"
"""A processor with AVX2 and without VNNI."""
_ASK = """
import json, sys
from models.text.classifier import Classifier, _cores
print(json.dumps([block.tolist() for block in Classifier.load().logits(json.load(sys.stdin))]))
"""


@pytest.fixture(name="options")
def _options(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What sessions were opened with."""
    import onnxruntime

    given: list[tuple[str, str]] = []
    real = onnxruntime.SessionOptions.add_session_config_entry

    class Told(onnxruntime.SessionOptions):
        def add_session_config_entry(self, key: str, value: str) -> None:
            given.append((key, value))
            real(self, key, value)

    monkeypatch.setattr(onnxruntime, "SessionOptions", Told)
    yield given


@pytest.mark.parametrize(
    ("machine", "flags", "lossless"),
    [
        ("x86_64", {"avx2", "avx512f", "avx512_vnni"}, False),
        ("x86_64", {"avx2", "avx_vnni"}, False),
        ("x86_64", {"avx2"}, True),
        ("x86_64", {"avx2", "avx512f"}, True),
        ("AMD64", set(), True),
        ("i686", {"sse4_1"}, True),
        ("aarch64", {"asimd"}, False),
        ("arm64", set(), False),
    ],
)
def test_lossless_products_are_asked_for_where_they_are_needed(
    options: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    flags: set[str],
    lossless: bool,
) -> None:
    monkeypatch.setattr(classifier.platform, "machine", lambda: machine)
    monkeypatch.setattr(classifier, "_cpu_flags", lambda: frozenset(flags))
    Classifier.load()
    assert options == ([("session.x64quantprecision", "1")] if lossless else [])


def test_the_lossless_way_says_what_this_processor_says(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Classifier.load().logits(TEXTS)
    monkeypatch.setattr(classifier.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(classifier, "_cpu_flags", frozenset)
    for one, other in zip(usual, Classifier.load().logits(TEXTS), strict=True):
        np.testing.assert_allclose(one, other, atol=0.002)


@pytest.mark.soak
def test_an_older_processor_says_the_same() -> None:
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        pytest.skip("qemu-x86_64 is not installed (Debian: qemu-user); it plays the older processor")
    # The emulated process reads the flags of the machine below it, so it is told them.
    ask = _ASK.replace(
        "print(",
        f"import models.text.classifier as c; c._cpu_flags = lambda: frozenset({['avx2']!r})\nprint(",
    )
    done = subprocess.run(
        [emulator, "-cpu", _OLDER, sys.executable, "-c", ask],
        input=json.dumps(TEXTS), capture_output=True, text=True, check=True, timeout=600,
        cwd=Path(classifier.__file__).parents[2],
    )  # fmt: skip
    for here, there in zip(Classifier.load().logits(TEXTS), json.loads(done.stdout), strict=True):
        np.testing.assert_allclose(there, here, atol=0.002)


@pytest.mark.parametrize(("told", "used"), [("1", 1), ("0", 1), ("100000", None), ("", None), ("many", None)])
def test_a_worker_of_dask_or_ray_uses_the_cores_that_it_was_given(
    monkeypatch: pytest.MonkeyPatch, told: str, used: int | None
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    there = _cores()
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert _cores() == (used or there)
