"""Shares with the classifier's error: what must hold, and that intervals cover where rates scatter."""

from __future__ import annotations

import numpy as np
import pytest

from models.ratings.intervals import Z95, Floats, wilson
from models.ratings.prevalence import (
    LEAST_POSITIVE,
    Rates,
    Share,
    corrected,
    corrected_change,
    rates,
    sentiment_counts,
    together,
    topic_counts,
    with_own,
    with_rates,
)

ALIKE = (0.02, 0.02)


def _share(hits: object, n: object) -> Share:
    low, high = wilson(hits, n)
    return Share(np.asarray(hits) / np.asarray(n), low, high)


def _rates(*values: float) -> Rates:
    return Rates(*(np.array([v]) for v in values))


def test_counts_of_a_confusion_matrix() -> None:
    # of three negative texts two are found; one neutral text is said to be negative
    found = sentiment_counts([[[2, 0, 1], [1, 0, 0], [0, 0, 4]]])
    assert found[0].tolist() == [[2, 3, 1, 5], [0, 1, 0, 7], [4, 4, 1, 4]]


def test_counts_of_topics() -> None:
    assert topic_counts([10], [[[3, 2, 1]]])[0].tolist() == [[3, 4, 2, 6]]


def test_a_classifier_that_never_errs_leaves_the_share_as_it_is() -> None:
    counts = np.array([[[50_000, 50_000, 0, 50_000], [0, 50_000, 0, 50_000]]])
    counted = _share([30], [100])
    found = corrected(counted, rates(counts[:, :1], (0.0, 0.0)))
    assert found.mean == pytest.approx(counted.mean, abs=1e-3)
    assert found.low == pytest.approx(counted.low, abs=1e-3)
    assert found.high == pytest.approx(counted.high, abs=1e-3)


def test_the_share_is_what_makes_the_model_say_so() -> None:
    # 40 % have the label; 0.8 of them are found, and 0.1 of the others are taken for it
    found = corrected(_share([380], [1000]), _rates(0.8, 1e-6, 0.1, 1e-6))
    assert found.mean == pytest.approx(0.4)


def test_fewer_than_the_label_is_given_wrongly_is_none() -> None:
    found = corrected(_share([20], [1000]), _rates(0.8, 1e-4, 0.1, 1e-4))
    assert (found.mean, found.low) == (0, 0)
    assert found.high > 0


@pytest.mark.parametrize("sensitivity", [0.1, 0.12, np.nan])
def test_where_the_model_says_nothing_of_a_share_there_is_none(sensitivity: float) -> None:
    known = _rates(sensitivity, 0.01, 0.1, 0.01)
    assert np.isnan(corrected(_share([20], [100]), known).mean)
    assert np.isnan(corrected_change(_share([20], [100]), _share([30], [100]), known).mean)


def test_a_label_with_few_labelled_texts_has_no_rates() -> None:
    counts = np.array([[[5, LEAST_POSITIVE - 1, 1, 100], [5, LEAST_POSITIVE, 1, 100]]])
    found = rates(counts, ALIKE)
    assert np.isnan(found.sensitivity).tolist() == [True, False]


def test_apps_that_differ_make_the_interval_wider_than_many_texts_of_one() -> None:
    counts = np.full((6, 1, 4), [80, 100, 10, 100])
    alone = rates(counts, (0.0, 0.0))
    apart = rates(counts, ALIKE)
    counted = _share([300], [1000])
    widths = [
        float((s.high - s.low)[0]) for s in (counted, corrected(counted, alone), corrected(counted, apart))
    ]
    assert widths == sorted(widths)
    assert widths[2] > 1.3 * widths[1]


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_lies_in_0_to_1_and_holds_the_share(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 500, 2_000)
    known = Rates(rng.uniform(0.3, 1, 2_000), rng.uniform(0, 0.03, 2_000), rng.uniform(0, 0.4, 2_000),
                  rng.uniform(0, 0.03, 2_000))  # fmt: skip
    found = corrected(_share(rng.integers(0, n + 1), n), known)
    told = ~np.isnan(found.mean)
    low, mean, high = (x[told] for x in (found.low, found.mean, found.high))
    assert told.mean() > 0.8
    assert np.all((low >= 0) & (low <= mean) & (mean <= high) & (high <= 1))


def _app_rates(rng: np.random.Generator, mean: float, alike: float, size: int) -> Floats:
    texts = 1 / alike - 1
    return rng.beta(mean * texts, (1 - mean) * texts, size)


@pytest.mark.parametrize("share", [0.03, 0.2, 0.6])
def test_intervals_hold_the_share_where_apps_differ_as_they_are_said_to(share: float) -> None:
    """Apps draw their rates (beta); eight labelled apps of 80 texts, a window of 300 of another one."""
    rng = np.random.default_rng(5)
    held: dict[str, list[bool]] = {"ours": [], "one sample": [], "counted": []}
    for _ in range(400):
        apps = list(zip(_app_rates(rng, 0.75, 0.02, 9), _app_rates(rng, 0.08, 0.02, 9), strict=True))
        labelled = np.array([
            [[rng.binomial(20, t), 20, rng.binomial(60, f), 60]] for t, f in apps[:8]
        ])  # fmt: skip
        has = rng.binomial(300, share)
        counted = _share([rng.binomial(has, apps[8][0]) + rng.binomial(300 - has, apps[8][1])], [300])
        for name, alike in (("ours", ALIKE), ("one sample", (0.0, 0.0))):
            found = corrected(counted, rates(labelled, alike))
            held[name].append(bool(found.low[0] <= share <= found.high[0]))
        held["counted"].append(bool(counted.low[0] <= share <= counted.high[0]))
    assert np.mean(held["ours"]) >= 0.92
    assert np.mean(held["one sample"]) < np.mean(held["ours"])
    assert np.mean(held["counted"]) < 0.8


def test_a_difference_does_not_depend_on_how_often_the_label_is_given_wrongly() -> None:
    before, after = _share([20], [100]), _share([40], [100])
    found = [corrected_change(before, after, _rates(0.7 + f, 0.001, f, 0.001)) for f in (0.05, 0.2)]
    assert found[0].mean == pytest.approx(0.2 / 0.7)
    assert found[0].mean == pytest.approx(found[1].mean)
    assert found[0].low < found[0].mean < found[0].high


def test_no_change_stays_none_however_unsure_the_sensitivity_is() -> None:
    same = _share([30], [100])
    narrow, wide = (corrected_change(same, same, _rates(0.8, v, 0.1, v)) for v in (1e-6, 0.02))
    assert narrow.mean == wide.mean == 0
    assert wide.high == pytest.approx(narrow.high, abs=1e-3)


def test_labelled_texts_of_the_app_count_the_more_the_more_there_are() -> None:
    known = rates(np.full((5, 1, 4), [80, 100, 10, 100]), ALIKE)
    few, many = (with_own(known, [[n // 2, n, n // 5, n]]) for n in (10, 5_000))
    assert known.sensitivity[0] > few.sensitivity[0] > many.sensitivity[0]
    assert many.sensitivity == pytest.approx(0.5, abs=0.01)
    assert many.fall_out == pytest.approx(0.2, abs=0.01)
    assert many.sensitivity_variance < few.sensitivity_variance < known.sensitivity_variance


def test_several_languages_weigh_by_their_texts_and_those_without_a_share_do_not_count() -> None:
    each = Share(np.array([0.2, 0.6, np.nan]), np.array([0.1, 0.5, np.nan]), np.array([0.3, 0.8, np.nan]))
    found = together(each, [30, 10, 500])
    assert found.mean == pytest.approx(0.3)
    assert found.high - found.mean == pytest.approx(np.hypot(0.75 * 0.1, 0.25 * 0.2))


def test_only_measured_languages_and_labels_get_rates() -> None:
    matrix = [[[30, 2, 1], [1, 3, 1], [2, 2, 40]]]
    told = with_rates({
        "sentiment": {"labels": ["negative", "neutral", "positive"], "languages": {
            "en": {"status": "measured", "apps": matrix},
            "de": {"status": "no_better_than_tfidf", "apps": matrix},
            "fr": {"status": "not_measured", "apps": []},
        }},
    })["sentiment"]["languages"]  # fmt: skip
    assert [r is None for r in told["en"]["rates"]] == [False, True, False]
    assert told["en"]["rates"][0]["n_positive"] == 33
    assert "rates" not in told["de"]
    assert "rates" not in told["fr"]


def test_labelled_texts_of_an_app_make_rates_of_its_own() -> None:
    matrix = [[[30, 2, 1], [1, 3, 1], [2, 2, 40]]]
    usual = {"sentiment": {"labels": ["negative", "neutral", "positive"], "languages": {
        "en": {"status": "measured", "apps": matrix}, "fr": {"status": "not_measured", "apps": []},
    }}}  # fmt: skip
    rows = [[10, 40, 2, 60], [3, 12, 5, 88], [1, 2, 0, 98]]
    own = {
        "sentiment": {"labels": ["negative", "neutral", "positive"], "languages": {"en": rows, "fr": rows}}
    }
    told = with_rates(usual, {"app": own})["sentiment"]["languages"]
    general, here, french = told["en"]["rates"], told["en"]["own"]["app"], told["fr"]["own"]["app"]
    assert general[0]["sensitivity"] > here[0]["sensitivity"] > french[0]["sensitivity"]
    assert here[0]["n_positive"] == 33 + 40
    # what other apps do not tell, enough texts of this one do; two positive texts tell nothing alone
    assert (general[1], french[2]) == (None, None)
    assert here[1] is not None
    assert here[2]["sensitivity"] == pytest.approx(general[2]["sensitivity"], abs=0.05)
    assert "rates" not in told["fr"]


def test_a_model_without_figures_has_only_an_app_s_own() -> None:
    own = {"topics": {"labels": ["crash"], "languages": {"ja": [[20, 30, 4, 70]]}}}
    told = with_rates({}, {"app": own})
    assert told["topics"]["labels"] == ["crash"]
    assert told["topics"]["languages"]["ja"]["own"]["app"][0]["n_positive"] == 30


def test_the_normal_quantile_is_the_engine_s() -> None:
    counted = Share(np.array([0.5]), np.array([0.5]), np.array([0.5]))
    found = corrected(counted, _rates(0.9, 0.0004, 0.1, 0.0004))
    half = Z95 * np.sqrt(0.25 * 0.0004 * 2) / 0.8
    assert found.high - found.mean == pytest.approx(half)
