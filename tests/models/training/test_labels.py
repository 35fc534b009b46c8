"""Our labels by key: whole, drawn by the seeded rule, and never learnt from where they are for measuring."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from models.training import corpora, data, draw, lessons, people, readers, weak

FILES = {
    data.OWN_LABELS: 5_758,
    data.PLAY_LABELS: 600,
    data.SURVEY_LABELS: 1_000,
    data.FITNESS_LABELS: 600,
}


def has_corpora() -> bool:
    try:
        corpora.corpora()
    except FileNotFoundError:
        return False
    return True


needs_corpora = pytest.mark.skipif(not has_corpora(), reason="the corpora of the recipe are not here")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_label_file_names_each_text_once_in_the_words_of_the_guide(path: Path) -> None:
    found = rows(path)
    assert len(found) == FILES[path]
    assert len({row["review"] for row in found}) == len(found)
    for row in found:
        topics = [] if row["topics"] == "-" else row["topics"].split(",")
        assert row["sentiment"] in data.SENTIMENTS
        assert set(topics) <= set(data.TOPICS)
        assert len(topics) == len(set(topics))
        assert len(row["review"]) == 16  # a key, never a text


@needs_corpora
def test_the_labelled_texts_are_the_ones_that_the_rule_draws() -> None:
    drawn = {
        data.PLAY_LABELS: draw.ja_play(),
        data.SURVEY_LABELS: [*draw.survey(), *draw.survey_again()],
        data.FITNESS_LABELS: [*draw.english(), *draw.english_again()],
    }
    for path, sheet in drawn.items():
        assert {key for key, _ in sheet} == {row["review"] for row in rows(path)}


@needs_corpora
def test_play_reviews_and_what_else_is_for_measuring_never_enter_training() -> None:
    play = {r.text for r in readers.play_reviews() if len(r.text) > 20}
    comments = {c.text for c in readers.survey_comments() if c.is_held_out and len(c.text) > 20}
    unseen = {r.text for r in readers.people_labelled() if r.is_held_out and len(r.text) > 20}
    assert min(map(len, (play, comments, unseen))) > 2_000
    doses = lessons.Doses()
    learnt = {
        *lessons.build(doses).texts,
        *lessons.unlabelled(doses),
        *(e.text for e in data.training_examples()),
    }
    assert learnt.isdisjoint(play | comments | unseen)
    later = data.later_sets()
    assert {name: len(found) for name, found in later.items()} == {"ja_play": 600, "survey": 221}
    for found in (*data.validation_sets().values(), *later.values()):
        assert all(data.is_held_out(e) for e in found)


@needs_corpora
def test_people_and_we_mean_nearly_the_same_by_a_problem_and_by_a_request() -> None:
    ours = {e.text: e for e in data.own_labels(data.FITNESS_LABELS)}
    both = {r.text: (r, ours[r.text]) for r in readers.people_labelled() if r.text in ours}
    assert len(both) == 600
    theirs, labelled = zip(*both.values(), strict=True)
    tone = np.eye(3)[[e.sentiment for e in labelled]]
    topics = np.array(data.topic_matrix(labelled))
    problem, request = people.problem(tone, topics) > 0.5, people.request(tone, topics) > 0.5
    alone = topics[:, people.REQUEST] > 0.5
    asked = np.array([r.is_request for r in theirs])
    assert people.f1(problem, np.array([r.is_problem for r in theirs])) == pytest.approx(0.89, abs=0.01)
    assert people.f1(request, asked) == pytest.approx(0.82, abs=0.01)
    assert people.f1(alone, asked) == pytest.approx(0.77, abs=0.01)


@needs_corpora
def test_satisfaction_says_what_was_counted_on_comments_labelled_without_it() -> None:
    labelled = {row["review"]: row["sentiment"] for row in rows(data.SURVEY_LABELS)}
    told: dict[weak.Shares, list[str]] = {}
    for comment in readers.survey_comments():
        found = weak.shares(comment.question, comment.score)
        if found and comment.key in labelled:
            told.setdefault(found, []).append(labelled[comment.key])
    for found, sentiments in told.items():
        if len(sentiments) >= 30:
            counted = [sentiments.count(name) / len(sentiments) for name in data.SENTIMENTS]
            assert np.abs(np.array(found) - counted).max() < 0.12, (found, counted)


def test_what_a_score_says_is_shares_or_nothing() -> None:
    for question in ("overall", "service", "transport", "inconvenience", "nps", "wish_place"):
        for score in (
            "とても満足",
            "満足",
            "どちらでもない",
            "不満",
            "とても不満",
            "感じた",
            "感じなかった",
            "10",
            "5",
            "",
        ):
            found = weak.shares(question, score)
            assert found is None or sum(found) == pytest.approx(1)
    assert weak.shares("overall", "とても満足")
    assert weak.shares("wish_place", "") is None
    assert weak.shares("nps", "5") is None


def test_a_part_of_everything_is_the_same_part_each_time_and_grows_with_its_share() -> None:
    tenth, half = (set(lessons.some(5_000, share, str)) for share in (0.1, 0.5))
    assert tenth == set(lessons.some(5_000, 0.1, str))
    assert 400 < len(tenth) < 600
    assert tenth < half
    assert len(lessons.some(5_000, 1.0, str)) == 5_000
