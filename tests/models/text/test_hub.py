"""Hub models are tested with tiny ones that the tests build in the Hub's own cache layout."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.errors import ModelError
from models.text.hub import ModelChoice, load_model
from models.text.scorers import open_scorer, parse_spec

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "good",
    "bad",
    "slow",
    "crashes",
    "speed",
    "review",
    "this",
    "is",
    "about",
]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _repository(cache: Path, name: str, labels: list[str], weights: list[list[float]]) -> Path:
    """A bag-of-words model: a text's logits are the sums of its words' rows of `weights`."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    repository = cache / f"models--{name.replace('/', '--')}"
    folder = repository / "snapshots" / COMMIT
    (folder / "onnx").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))  # noqa: S106 - no secret
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "model_max_length": 64}
        )
    )
    (folder / "config.json").write_text(
        json.dumps({"model_type": "bert", "id2label": {str(i): name for i, name in enumerate(labels)}})
    )
    table = np.zeros((len(WORDS), len(labels)), dtype=np.float32)
    table[4 : 4 + len(weights)] = weights
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
            helper.make_node("ReduceSum", ["rows", "axis"], ["logits"], keepdims=0),
        ],
        "bag",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(labels)])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "onnx" / "model.onnx"))
    return folder


@pytest.fixture
def choice(tmp_path: Path) -> ModelChoice:
    return ModelChoice(sentiment="hub:tiny/tone@main", cache=tmp_path)


def _tone(cache: Path, labels: list[str]) -> None:
    _repository(cache, "tiny/tone", labels, [[0, 4], [4, 0]])


def test_a_hub_model_gives_the_sentiment_and_the_bundled_one_the_topics(
    tmp_path: Path, choice: ModelChoice
) -> None:
    _tone(tmp_path, ["NEGATIVE", "POSITIVE"])
    model = load_model(choice, {})
    good, bad = model.predict(["good", "bad bad"])
    assert (good.sentiment, bad.sentiment) == ("positive", "negative")
    assert good.probabilities["neutral"] == 0
    assert sum(good.probabilities.values()) == pytest.approx(1)
    assert model.model_version.startswith("hub:tiny/tone@0123456789ab + ")


def test_labels_are_mapped_by_the_configuration(tmp_path: Path, choice: ModelChoice) -> None:
    _tone(tmp_path, ["1 star", "5 stars"])
    with pytest.raises(
        ModelError, match=r"'1 star', which is no sentiment. Remedy: map it under \[model.labels\]"
    ):
        load_model(choice, {})
    mapped = replace(choice, labels={"1 star": "negative", "5 stars": "positive"})
    assert load_model(mapped, {}).predict(["good"])[0].sentiment == "positive"


def test_a_zero_shot_model_gives_the_topics(tmp_path: Path) -> None:
    # "slow" with the hypothesis "... about speed" entails; the words' sum decides
    _repository(
        tmp_path, "tiny/nli", ["contradiction", "entailment"], [[0, 0], [0, 0], [0, 3], [3, 0], [0, 1]]
    )
    choice = ModelChoice(topic="zero-shot:tiny/nli", cache=tmp_path, threshold=0.9)
    slow, crash = load_model(choice, {"performance": "Speed", "crash": "Bad"}).predict(["slow", "crashes"])
    assert [t.topic for t in slow.topics] == ["performance", "crash"]
    assert slow.topics[0].score > slow.topics[1].score >= 0.9
    assert crash.topics == ()


def test_the_bundled_part_stays_silent_where_only_the_hub_model_may_know_the_language(
    tmp_path: Path, choice: ModelChoice
) -> None:
    _tone(tmp_path, ["NEGATIVE", "POSITIVE"])
    _repository(tmp_path, "tiny/nli", ["contradiction", "entailment"], [[0, 0]])
    topic = ModelChoice(topic="zero-shot:tiny/nli", cache=tmp_path)
    assert load_model(topic, {"crash": "Bad"}).predict(["打不開"])[0].sentiment == "not_covered"
    (told,) = load_model(choice, {}).predict(["打不開 good"])
    assert (told.sentiment, told.topics) == ("positive", ())


def test_order_and_batches_do_not_change_a_prediction(tmp_path: Path, choice: ModelChoice) -> None:
    _tone(tmp_path, ["negative", "positive"])
    scorer = open_scorer(parse_spec("hub:tiny/tone", "hub"), choice)
    texts = ["good " * n + "bad" for n in range(80)]
    alone = np.concatenate([scorer.logits([t]) for t in texts])
    assert np.allclose(scorer.logits(texts[::-1])[::-1], alone, atol=1e-5)


def test_hostile_texts_are_survived(tmp_path: Path, choice: ModelChoice) -> None:
    _tone(tmp_path, ["negative", "positive"])
    texts = ["", "\x00", "\ud800", "🙂", "good" * 30_000, "مرحبا"]
    assert len(load_model(choice, {}).predict(texts)) == len(texts)


@pytest.mark.parametrize(
    "name", ["owner/name", "hub:name", "zero-shot:owner/name", "hub:owner/name@", "hub:../x"]
)
def test_a_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="hub:owner/name@revision"):
        load_model(ModelChoice(sentiment=name), {})


def test_a_model_that_is_not_there_names_the_remedy(choice: ModelChoice) -> None:
    with pytest.raises(ModelError, match=r"not in the local cache.*'bundled' always works"):
        load_model(choice, {})


def test_without_torch_and_onnx_the_extra_is_named(
    tmp_path: Path, choice: ModelChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tone(tmp_path, ["negative", "positive"])
    folder = tmp_path / "models--tiny--tone" / "snapshots" / COMMIT
    (folder / "onnx" / "model.onnx").unlink()
    (folder / "model.safetensors").write_bytes(b"")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match=r"pip install -e '\.\[hub\]'"):
        load_model(choice, {})


def test_a_torch_model_in_safetensors_runs_where_torch_is(tmp_path: Path, choice: ModelChoice) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch comes with the `hub` and `train` extras only")
    from transformers import BertConfig, BertForSequenceClassification

    _tone(tmp_path, ["negative", "positive"])
    folder = tmp_path / "models--tiny--tone" / "snapshots" / COMMIT
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        id2label={0: "negative", 1: "positive"},
    )  # fmt: skip
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(folder)
    told = load_model(choice, {}).predict(["good bad"])[0]
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[2, 4, 5, 3]])).logits[0]
    assert told.probabilities["positive"] == pytest.approx(float(torch.softmax(logits, 0)[1]), abs=1e-5)
