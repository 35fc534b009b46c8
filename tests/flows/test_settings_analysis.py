from __future__ import annotations

from pathlib import Path

import pytest

from flows.config.analysis import AnalysisChoice
from flows.config.load import read_analysis
from flows.errors import ConfigError


def _read(folder: Path, text: str) -> AnalysisChoice:
    (folder / "hoshiyomi.toml").write_text(text, encoding="utf-8")
    return read_analysis(folder / "hoshiyomi.toml")


def test_without_a_table_the_defaults_hold(tmp_path: Path) -> None:
    assert read_analysis(tmp_path / "hoshiyomi.toml") == AnalysisChoice()
    assert _read(tmp_path, "[model]\n") == AnalysisChoice()


def test_what_is_chosen_is_taken(tmp_path: Path) -> None:
    chosen = _read(tmp_path, "[analysis]\nfalse_alarm_rate = 0.05\nalarm_days = 7\n")
    assert chosen == AnalysisChoice(false_alarm_rate=0.05, alarm_days=7)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("false_alarm_rate = 0", "above 0 and at most 0.2"),
        ("false_alarm_rate = 5", "above 0 and at most 0.2"),
        ("alarm_days = 0", "alarm_days must be a whole number above 0"),
        ("alram_days = 3", "did you mean 'alarm_days'"),
    ],
)
def test_a_mistake_names_file_key_and_remedy(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as error:
        _read(tmp_path, f"[analysis]\n{line}\n")
    assert "hoshiyomi.toml, [analysis]" in str(error.value)
