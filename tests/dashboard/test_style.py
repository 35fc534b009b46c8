"""The look keeps its promises: AA contrast in both themes, and nothing fetched from outside."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from dashboard import i18n as text
from dashboard.views.map import matrix
from tests.dashboard.contrast import contrast

ROOM = Path(text.__file__).parent
CONFIG = tomllib.loads((ROOM.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
CSS = (ROOM / "style.css").read_text(encoding="utf-8")
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--hy-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)
}
WORDS = ["ink", "soft", "a", "b", "old", "negative", "neutral", "positive"]


@pytest.mark.parametrize("ground", ["page", "card", "fill"])
@pytest.mark.parametrize("word", WORDS)
def test_every_coloured_word_holds_aa_on_every_ground_in_both_themes(word: str, ground: str) -> None:
    pages = (CONFIG["theme"]["light"]["backgroundColor"], CONFIG["theme"]["dark"]["backgroundColor"])
    for at in (0, 1):
        behind = pages[at] if ground == "page" else COLOURS[ground][at]
        assert contrast(COLOURS[word][at], behind) >= 4.5, (word, ground, ("light", "dark")[at])


@pytest.mark.parametrize("at", [0, 1], ids=["light", "dark"])
def test_words_hold_aa_on_every_depth_of_the_map(at: int) -> None:
    depths = re.findall(r"\.hy-map \.s(\d)[^{]*\{ background: rgb\((\d+) (\d+) (\d+) / ([.\d]+)\)", CSS)
    assert [int(n) for n, *_ in depths] == list(range(1, matrix.STEPS + 1))
    card = COLOURS["card"][at]
    for _, red, green, blue, share in depths:
        over = [float(share) * int(c) for c in (red, green, blue)]
        behind = [int(card[i : i + 2], 16) * (1 - float(share)) for i in (1, 3, 5)]
        ground = "#" + "".join(f"{round(a + b):02x}" for a, b in zip(over, behind, strict=True))
        assert contrast(COLOURS["ink"][at], ground) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sidebars_words_hold_aa(theme: str) -> None:
    bar = CONFIG["theme"][theme]["sidebar"]
    assert contrast(bar["textColor"], bar["backgroundColor"]) >= 4.5
    assert contrast("#b9c9e2", bar["backgroundColor"]) >= 4.5


def test_the_server_listens_on_loopback_sends_no_statistics_and_shows_no_details() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["disableDataExport"] is True


LEADS_OUT = (
    "http://www.w3.org/2000/svg",
    # Links that people follow to answer a review; no page loads anything from there.
    "https://play.google.com/console", "https://appstoreconnect.apple.com/apps/",
)  # fmt: skip


def test_nothing_of_ours_names_an_outside_address_or_a_material_icon() -> None:
    files = [p for p in ROOM.rglob("*") if p.suffix in (".py", ".css", ".toml", ".svg", ".js", ".md")]
    assert len(files) > 30
    for path in files:
        words = path.read_text(encoding="utf-8")
        for known in LEADS_OUT:
            words = words.replace(known, "")
        assert not re.search(r"https?://|@import|url\((?!['\"]?data:)", words), path.name
        assert ":material/" not in words, path.name
