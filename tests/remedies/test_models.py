"""Models: the one that cannot be had or understood, what is told, what is done, and it answers."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import ModelError
from models.text.evaluation import Baseline
from models.text.hub import load_model
from models.text.scorers import ModelChoice
from tests.models.text.test_hub import _repository as repository
from tests.remedies.claims import carries_out, refused

TONE = ["NEGATIVE", "POSITIVE"]
WEIGHTS = [[0.0, 4.0], [4.0, 0.0]]


@pytest.fixture
def choice(tmp_path: Path) -> ModelChoice:
    return ModelChoice(sentiment="hub:tiny/tone@main", cache=tmp_path / "cache")


def _answers(choice: ModelChoice) -> bool:
    return load_model(choice, {"crash": "Bad"}).predict(["good"])[0].sentiment == "positive"


@carries_out("is missing beside the model. Remedy: restore the checkout.")
def test_the_baseline_is_restored_from_the_checkout(tmp_path: Path) -> None:
    import models.text.evaluation as module

    path = tmp_path / "baseline.npz"
    with refused(ModelError):
        Baseline.load(path)
    shutil.copy(Path(module.__file__).parents[1] / "bundled" / "baseline.npz", path)
    assert Baseline.load(path).answer(["It crashes."])


CANNOT_BE_HAD = (
    "cannot be had: {} ({}). Remedy: copy the model's cache folder to this machine, or set download"
)


@carries_out(CANNOT_BE_HAD)
@pytest.mark.parametrize("how", ["copy", "download", "bundled"])
def test_a_model_is_copied_downloaded_or_left(
    tmp_path: Path, choice: ModelChoice, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    repository(tmp_path / "elsewhere", "tiny/tone", TONE, WEIGHTS)
    with refused(ModelError):
        load_model(choice, {})
    if how == "copy":
        shutil.copytree(tmp_path / "elsewhere", tmp_path / "cache", dirs_exist_ok=True)
        assert _answers(choice)
    elif how == "download":

        def snapshot_download(*_given: object, local_files_only: bool, **_more: object) -> str:
            """The Hub, where the network is open."""
            assert not local_files_only
            shutil.copytree(tmp_path / "elsewhere", tmp_path / "cache", dirs_exist_ok=True)
            return str(next((tmp_path / "cache").glob("*/snapshots/*")))

        monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
        assert _answers(replace(choice, download=True))
    else:
        assert load_model(replace(choice, sentiment="bundled"), {}).predict(["good"])


@carries_out('is no sentiment. Remedy: map it under [model.labels], such as "{}" = "negative"')
def test_a_label_is_mapped_in_the_configuration(
    tmp_path: Path, choice: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.config.load import load_config

    repository(tmp_path / "cache", "tiny/tone", ["1 star", "5 stars"], WEIGHTS)
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    shutil.copy(Path(__file__).resolve().parents[2] / "config" / "topics.toml", tmp_path)
    settings = tmp_path / "hoshiyomi.toml"
    lines = f'[model]\nsentiment = "hub:tiny/tone@main"\ncache = "{tmp_path / "cache"}"\n'
    settings.write_text(lines)
    with refused(ModelError) as told:
        load_model(load_config().model, {})
    settings.write_text(f"{lines}[model.labels]\n{told[0].split('such as ')[1].split(' (')[0]}\n")
    with refused(ModelError) as told:
        load_model(load_config().model, {})
    assert '"5 stars"' in told[0]
    settings.write_text(f'{lines}[model.labels]\n"1 star" = "negative"\n"5 stars" = "positive"\n')
    assert _answers(load_config().model)


@carries_out(
    "a zero-shot model needs entailment and contradiction. Remedy: choose a natural-language-inference model."
)
def test_a_model_of_inference_is_chosen(tmp_path: Path, choice: ModelChoice) -> None:
    repository(tmp_path / "cache", "tiny/tone", TONE, WEIGHTS)
    repository(tmp_path / "cache", "tiny/nli", ["contradiction", "entailment"], WEIGHTS)
    with refused(ModelError):
        load_model(replace(choice, topic="zero-shot:tiny/tone"), {"crash": "Bad"})
    assert _answers(replace(choice, topic="zero-shot:tiny/nli"))


@carries_out("needs PyTorch. Remedy: pip install -e '.[hub]' (on Linux without a GPU install the CPU build")
@pytest.mark.parametrize("how", ["onnx", "torch"])
def test_a_model_with_an_onnx_file_or_with_pytorch_runs(
    tmp_path: Path, choice: ModelChoice, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    folder = repository(tmp_path / "cache", "tiny/tone", TONE, WEIGHTS)
    onnx = (folder / "onnx" / "model.onnx").read_bytes()
    (folder / "onnx" / "model.onnx").unlink()
    (folder / "model.safetensors").write_bytes(b"")
    is_there = importlib.util.find_spec
    with monkeypatch.context() as without:
        without.setattr(importlib.util, "find_spec", lambda n, *a: None if n == "torch" else is_there(n, *a))
        with refused(ModelError):
            load_model(choice, {})
        if how == "onnx":
            (folder / "onnx" / "model.onnx").write_bytes(onnx)
            assert _answers(choice)
            return
    # What the extra brings; that it runs is shown where it is installed (tests/models).
    torch = types.ModuleType("torch")
    torch.__spec__ = importlib.util.spec_from_loader("torch", None)
    monkeypatch.setitem(sys.modules, "torch", torch)
    pyproject = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert "torch" in pyproject.split("\nhub = [")[1].split("]")[0]
    assert load_model(choice, {}).model_version.startswith("hub:tiny/tone@")


@carries_out("Remedy: `make adapter`, which installs it without its pins of 2020.")
def test_the_adapter_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.sources.app_store import scraper

    monkeypatch.setitem(sys.modules, "app_store_scraper", None)
    with refused():
        scraper._package()
    root = Path(__file__).resolve().parents[2]
    make = (root / "Makefile").read_text(encoding="utf-8").split("\nadapter:")[1]
    assert "adapter.txt" in make.split("\n\n")[0]
    assert "app-store-scraper==" in (root / "requirements" / "adapter.txt").read_text(encoding="utf-8")
    # Its own pins would bring back libraries of 2020; what it needs is ours already.
    monkeypatch.setitem(sys.modules, "app_store_scraper", types.ModuleType("app_store_scraper"))
    assert scraper._package() is sys.modules["app_store_scraper"]
