"""Rows of the inferred tables: a test says only what matters to it."""

from __future__ import annotations

from typing import Any

from warehouse.writes import Writer

_APP = {"app": "jp.example.app", "store": "google_play"}
_SPANS = {
    "before_from": "2026-02-01",
    "before_until": "2026-02-28",
    "after_from": "2026-03-01",
    "after_until": "2026-03-28",
}
_COUNTS = {"n_before": 40, "n_after": 50}

PLAIN: dict[str, dict[str, Any]] = {
    "rating_series": _APP
    | {
        "series": "B",
        "grain": "week",
        "period_start": "2026-03-02",
        "period_end": "2026-03-08",
        "n": 40,
        "value": 3.5,
        "low": 3.1,
        "high": 3.9,
        "shrunk": 3.4,
        "is_small_n": False,
        "is_valid": True,
        "note": None,
    },
    "series_events": _APP
    | {
        "happened_at": "2026-03-01T12:00:00Z",
        "until": None,
        "kind": "release",
        "label": "1.0",
        "source": "store",
        "place": None,
        "value_before": None,
        "value_after": None,
        "steps": None,
        "steps_beyond": None,
    },
    "change_points": _APP
    | _COUNTS
    | {
        "series": "B",
        "changed_on": "2026-03-01",
        "low_on": "2026-02-27",
        "high_on": "2026-03-02",
        "size": 1.0,
        "low": 0.6,
        "high": 1.4,
        "value_before": 2.5,
        "value_after": 3.5,
        "p_value": 0.001,
        "nearest_release": "1.0",
        "release_distance_days": 0,
        "owner_kind": "release",
        "owner": "1.0",
        "owner_chance": 0.8,
        "hole_from": None,
        "hole_until": None,
    },
    "release_impact": _APP
    | _SPANS
    | _COUNTS
    | {
        "release_version": "1.0",
        "released_at": "2026-03-01T12:00:00Z",
        "measure": "mean_stars",
        "effect": 1.0,
        "low": 0.6,
        "high": 1.4,
        "value_before": 2.5,
        "value_after": 3.5,
        "usual": 0.1,
        "p_value": 0.001,
        "q_value": 0.002,
        "moved_on": None,
        "explained_by": None,
        "verdict": "better",
        "why": None,
        "overlapping_releases": [],
        "topic": None,
        "confounding_events": [],
    },
    "driver_comparisons": _APP
    | _SPANS
    | _COUNTS
    | {
        "comparison": "release:1.0",
        "kind": "release",
        "release_version": "1.0",
        "changed_on": None,
        "mean_before": 2.5,
        "mean_after": 3.5,
        "change": 1.0,
        "low": 0.6,
        "high": 1.4,
    },
    "drivers": _APP
    | _SPANS
    | _COUNTS
    | {
        "comparison": "release:1.0",
        "topic": "none",
        "share_before": 1.0,
        "share_after": 1.0,
        "tone_before": 2.5,
        "tone_after": 3.5,
        "share_effect": 0.0,
        "tone_effect": 1.0,
        "total_effect": 1.0,
        "low": 0.6,
        "high": 1.4,
        "examples": ["r1"],
    },
    "fix_first": _APP
    | {
        "topic": "crash",
        "rank": 1,
        "n_complaints": 12,
        "share_complaints": 0.3,
        "mean_with": 1.2,
        "mean_without": 3.4,
        "gain": 0.5,
        "low": 0.3,
        "high": 0.7,
        "gain_if_alone": 0.4,
        "gain_if_all": 0.6,
        "n": 40,
        "window_from": "2026-01-01",
        "window_until": "2026-03-28",
        "verdict": "gain",
    },
    "tradeoffs": _APP
    | {
        "period_start": "2026-03-01",
        "lens": "trust",
        "n": 20,
        "n_all": 40,
        "share": 0.5,
        "mean_stars": 2.0,
        "low": 1.5,
        "high": 2.5,
        "share_negative": 0.8,
        "is_small_n": True,
    },
    "anomalies": _APP
    | {
        "topic": "all",
        "day": "2026-03-28",
        "measure": "count",
        "observed": 30.0,
        "expected": 5.0,
        "low": 1.0,
        "high": 10.0,
        "p_value": 0.00001,
        "p_adjusted": 0.0001,
        "is_alarm": True,
        "threshold": 0.01,
        "n": 30,
    },
    "alpha_foretold": _APP
    | _COUNTS
    | {
        "release_version": "1.0",
        "released_at": "2026-03-01T12:00:00Z",
        "cohort": None,
        "n_alpha": 30,
        "n_testers": 12,
        "n_topics": 9,
        "rank_correlation": 0.6,
        "low": 0.2,
        "high": 0.9,
        "hit_rate": 0.7,
        "hit_low": 0.4,
        "hit_high": 0.9,
        "verdict": "foretold",
    },
    "alpha_topics": _APP
    | _COUNTS
    | {
        "release_version": "1.0",
        "topic": "crash",
        "n_alpha": 9,
        "share_alpha": 0.3,
        "alpha_low": 0.15,
        "alpha_high": 0.5,
        "share_before": 0.1,
        "share_after": 0.3,
        "change": 0.2,
        "change_low": 0.05,
        "change_high": 0.35,
        "named_by_alpha": True,
        "rose_after": True,
        "verdict": "hit",
    },
    "alarms": _APP
    | _COUNTS
    | {
        "kind": "worse",
        "topic": "all",
        "measure": "mean_stars",
        "raised": "2026-03-08",
        "began": "2026-03-05",
        "began_low": "2026-03-03",
        "began_high": "2026-03-07",
        "confirmed": None,
        "ended": None,
        "withdrawn": None,
        "why": None,
        "value_before": 3.5,
        "value_after": 2.5,
        "change": -1.0,
        "low": -1.4,
        "high": -0.6,
        "evidence": 800.0,
        "bound": 365.0,
        "first_told_at": "2026-03-09T02:00:00Z",
    },
    "release_watch": _APP
    | _COUNTS
    | {
        "release_version": "1.0",
        "released_at": "2026-03-01T12:00:00Z",
        "day": "2026-03-08",
        "last_versions": ["0.9"],
        "verdict": "worse",
        "told_on": "2026-03-07",
        "rests_on": "version",
        "is_withdrawn": False,
        "direction": "worse",
        "evidence": 55.0,
        "needed": 40.0,
        "evidence_by_date": 10.0,
        "evidence_by_version": 100.0,
        "effect": -1.0,
        "low": -1.6,
        "high": -0.4,
        "n_last": 200,
        "n_version": 40,
        "share_versionless": 0.2,
    },
    "verdict_history": _APP
    | {
        "release_version": "1.0",
        "measure": "mean_stars",
        "said_at": "2026-03-09T02:00:00Z",
        "until_on": "2026-03-08",
        "verdict": "better",
        "verdict_before": None,
        "why": None,
        "effect": 1.0,
        "low": 0.6,
        "high": 1.4,
        "rests_on": None,
    },
    "audit": {
        "run_at": "2026-03-28T12:00:00Z",
        "seed": 1,
        "test": "aa_release",
        "measure": "verdict",
        "n": None,
        "effect": 0.0,
        "trials": 100,
        "hits": 2,
        "rate": 0.02,
        "low": 0.005,
        "high": 0.07,
        "target": "<= 0.05",
        "passes": True,
        "seconds": 1.5,
    },
}


def put(w: Writer, table: str, **wanted: Any) -> None:
    """Put one row into inferred.<table>."""
    row = PLAIN[table] | wanted
    marks = ", ".join(f"${name}" for name in row)
    w.con.execute(f"insert into inferred.{table} ({', '.join(row)}) values ({marks})", row)
