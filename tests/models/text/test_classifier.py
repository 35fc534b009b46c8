"""The bundled model's promises: interface, hostile texts, batches, no network, sizes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.classifier import BUNDLED, NOT_COVERED, Classifier, ModelFolderError, Prediction

PLAIN = [
    "Great app, easy to use and quick!",
    "The app crashes every time I open it. Useless.",
    "Please add a dark mode.",
    "アプリを開くとすぐ落ちます。早く直してください。",
    "とても使いやすくて助かっています！",
    "カードを何度かざしても読み取れません",
    "Die App stürzt ständig ab",
    "ログインのコードが届かない",
]  # fmt: skip
HOSTILE = {
    "empty": "",
    "white space": " \t\r\n\u3000",
    "a hundred kilobytes of one letter": "a" * 100_000,
    "a hundred kilobytes of kanji": "評価" * 17_000,
    "a hundred kilobytes of words": "does not work " * 7_200,
    "a lone high surrogate": "broken \ud83d end",
    "a lone low surrogate": "\udc00",
    "only emoji": "😀😡🙏🏽👩‍👩‍👧‍👦🇯🇵",
    "right to left": "التطبيق لا يعمل \u202eאפליקציה\u202c",
    "NUL bytes": "good\x00bad\x00",
    "control characters": "\x01\x02\x1b[31m\x7f\x85",
    "combining marks": "e" + "\u0301" * 5_000,
    "ligature that NFKC makes eighteen characters": "\ufdfa" * 3_000,
    "zero width": "\u200b\u200d\ufeff",
    "half-width kana": "ｱﾌﾟﾘｶﾞｵﾁﾙ",
    "unassigned": "\U000e0fff\uffff",
}


@cache
def _shared() -> Classifier:
    return Classifier.load()


@pytest.fixture
def classifier() -> Classifier:
    return _shared()


def probabilities(prediction: Prediction) -> list[float]:
    return [prediction.probabilities[k] for k in ("negative", "neutral", "positive")]


def scores(prediction: Prediction) -> dict[str, float]:
    return {t.topic: t.score for t in prediction.topics}


def test_predictions_come_in_the_order_of_the_texts(classifier: Classifier) -> None:
    together = classifier.predict(PLAIN)
    assert [p.sentiment for p in together] == [classifier.predict([t])[0].sentiment for t in PLAIN]


def test_no_texts_give_no_predictions(classifier: Classifier) -> None:
    assert classifier.predict([]) == []


def test_it_understands_plain_praise_and_complaint_in_both_languages(classifier: Classifier) -> None:
    praise, crash, _, crash_ja, praise_ja, scan_ja, *_ = classifier.predict(PLAIN)
    assert [praise.sentiment, praise_ja.sentiment] == ["positive", "positive"]
    assert [crash.sentiment, crash_ja.sentiment, scan_ja.sentiment] == ["negative"] * 3
    assert {"crash"} <= set(scores(crash)) & set(scores(crash_ja))
    assert "scanning" in scores(scan_ja)


def test_sentiment_is_the_likeliest_class_and_probabilities_sum_to_one(classifier: Classifier) -> None:
    for p in classifier.predict([*PLAIN, *HOSTILE.values()]):
        assert sum(probabilities(p)) == pytest.approx(1, abs=1e-6)
        assert not p.is_covered or p.probabilities[p.sentiment] == max(probabilities(p))


def test_nothing_is_said_of_a_language_outside_the_card(classifier: Classifier) -> None:
    chinese, english = classifier.predict(["更新之后就闪退了", "It crashes since the update"])
    assert (chinese.sentiment, chinese.topics, chinese.is_covered) == (NOT_COVERED, (), False)
    assert probabilities(chinese) == pytest.approx([1 / 3] * 3)
    assert english.is_covered


def test_topics_stand_above_their_thresholds_from_surest_to_least_sure(classifier: Classifier) -> None:
    thresholds = json.loads((BUNDLED / "config.json").read_text())["hoshiyomi"]["thresholds"]
    for p in classifier.predict(PLAIN):
        assert all(thresholds[t.topic] <= t.score <= 1 for t in p.topics)
        assert [t.score for t in p.topics] == sorted((t.score for t in p.topics), reverse=True)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_survives(classifier: Classifier, text: str) -> None:
    (prediction,) = classifier.predict([text])
    assert prediction.sentiment in ("negative", "neutral", "positive", NOT_COVERED)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=60), max_size=6))
def test_it_survives_any_text(texts: list[str]) -> None:
    assert len(_shared().predict(texts)) == len(texts)


def test_the_batch_a_text_is_in_changes_nothing(classifier: Classifier) -> None:
    loud = ["!" * 300, "重い。" * 80, "never ever works " * 40, "ok", "😡" * 50]
    alone = [classifier.predict([text])[0] for text in PLAIN]
    among = classifier.predict([x for text in PLAIN for x in (*loud, text, text[::-1])])[5::7]
    for a, b in zip(alone, among, strict=True):
        assert probabilities(a) == pytest.approx(probabilities(b), abs=1e-3)
        assert scores(a) == pytest.approx(scores(b), abs=1e-3)


def test_the_same_texts_give_the_same_numbers_again(classifier: Classifier) -> None:
    assert classifier.predict(PLAIN * 9) == classifier.predict(PLAIN * 9)
    assert classifier.predict(PLAIN) == Classifier.load().predict(PLAIN)


def test_equal_texts_are_read_once(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    logits = classifier.logits
    monkeypatch.setattr(classifier, "logits", lambda texts: read.extend(texts) or logits(texts))
    predictions = classifier.predict(["same"] * 500 + ["other"])
    assert (read, len(predictions)) == (["same", "other"], 501)


def test_only_the_beginning_of_a_long_text_is_read(classifier: Classifier) -> None:
    beginning = "The app is slow. " * 300
    short, long = classifier.predict([beginning[:4_096], beginning[:4_096] + "I love it! " * 9_000])
    assert short == long


def test_it_loads_and_predicts_without_a_network(tmp_path: Path) -> None:
    code = """
import socket
def refuse(*_args, **_kwargs): raise OSError("no network in this test")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
from models.text.classifier import Classifier
print(Classifier.load().predict(["アプリが落ちる"])[0].sentiment)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"HOME": str(tmp_path)},
        cwd=BUNDLED.parents[1],
    )  # fmt: skip
    assert done.stdout.strip() == "negative"


def test_importing_the_module_is_cheap() -> None:
    heavy = ("numpy", "onnxruntime", "tokenizers")
    code = f"import sys, models.text.classifier; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=BUNDLED.parents[1]
    )
    assert done.stdout.strip() == "[]"


def test_the_version_names_the_weights_and_the_calibration(classifier: Classifier, tmp_path: Path) -> None:
    assert classifier.model_version.startswith(f"{classifier.name}+")
    other = _copy(tmp_path / "copy")
    assert Classifier.load(other).model_version == classifier.model_version
    text = (other / "config.json").read_text()
    (other / "config.json").write_text(text.replace('"temperature": ', '"temperature": 1'))
    assert Classifier.load(other).model_version != classifier.model_version


def test_a_language_with_a_calibration_of_its_own_goes_by_it(classifier: Classifier, tmp_path: Path) -> None:
    folder = _copy(tmp_path / "copy")
    config = json.loads((folder / "config.json").read_text())
    own = config["hoshiyomi"]
    unsure = {"temperature": 1e6, "thresholds": dict.fromkeys(own["topics"], 1.1)}
    blunt = {**unsure, "thresholds": dict.fromkeys(own["topics"], 0.0)}
    own["languages"] = {"ja": unsure, "others": blunt}
    (folder / "config.json").write_text(json.dumps(config))
    texts = [
        "アプリを開くとすぐ落ちます。早く直してください。",
        "Die App stürzt ständig ab und ist nicht gut",
        "zzz",
    ]
    japanese, german, nobodys = Classifier.load(folder).predict(texts)
    assert max(japanese.probabilities.values()) == pytest.approx(1 / 3, abs=1e-3)
    assert japanese.topics == ()
    assert len(german.topics) == len(own["topics"])
    assert nobodys == classifier.predict(texts)[2]
    own["languages"]["ja"] = {**unsure, "temperature": 0}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelFolderError, match="`temperature` must be above 0"):
        Classifier.load(folder)


def test_the_bundled_folder_is_small_and_carries_its_figures(classifier: Classifier) -> None:
    assert sum(f.stat().st_size for f in BUNDLED.iterdir()) <= 30_000_000
    assert classifier.figures["ja"]["sentiment_macro_f1"] > classifier.figures["ja"]["tfidf"][0]
    assert classifier.figures["en"]["topics_micro_f1"] > classifier.figures["en"]["tfidf"][1]


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json", "card.json"])
def test_a_missing_file_is_named_with_a_remedy(tmp_path: Path, name: str) -> None:
    folder = _copy(tmp_path / "copy")
    (folder / name).unlink()
    with pytest.raises(ModelFolderError, match=f"{name} is missing.*restore"):
        Classifier.load(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [("model.onnx", "nothing"), ("config.json", "{"), ("config.json", "[]"), ("config.json", "{}")],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: str) -> None:
    folder = _copy(tmp_path / "copy")
    (folder / name).write_text(content)
    with pytest.raises(ModelFolderError, match=name):
        Classifier.load(folder)


def test_transformers_reads_the_folder_and_cuts_texts_into_the_same_pieces() -> None:
    from tokenizers import Tokenizer
    from transformers import AutoConfig, AutoTokenizer

    ours, theirs = (
        Tokenizer.from_file(str(BUNDLED / "tokenizer.json")),
        AutoTokenizer.from_pretrained(BUNDLED),
    )
    assert [ours.encode(text).ids for text in PLAIN] == theirs(PLAIN)["input_ids"]
    assert AutoConfig.from_pretrained(BUNDLED).vocab_size == ours.get_vocab_size()


def test_voiced_kana_and_long_words_survive_the_tokenizer() -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))
    assert tokenizer.encode("がぎぐ ばびぶ ぱぴぷ").ids != tokenizer.encode("かきく はひふ はひふ").ids
    assert tokenizer.encode("ｱﾌﾟﾘ").ids == tokenizer.encode("アプリ").ids
    assert len(tokenizer.encode("ログインできません").ids) <= 2 + 4


def _copy(folder: Path) -> Path:
    shutil.copytree(BUNDLED, folder)
    return folder
