"""Sample data and real data never share a folder: what is shown must not be doubtful."""

from __future__ import annotations

from pathlib import Path

from flows.errors import HoshiyomiError
from flows.sources.sample_store.source import SampleStore
from warehouse.landing import Landing


class SampleBesideReal(HoshiyomiError):
    """Sample data was asked for in a folder that holds real data."""


def holds_real(data: Path) -> bool:
    """Whether anything landed here that is not of the sample store, also by a writer that did not finish."""
    return any(
        not b.name.startswith(SampleStore.name) for b in Landing(data).folder.glob("*/*") if b.is_dir()
    )


def refuse_beside_real(data: Path) -> None:
    """Raises SampleBesideReal where real data lies."""
    if holds_real(data):
        raise SampleBesideReal(
            f"{data} holds real data; sample data would be published beside it. Remedy: give the demo a "
            "folder of its own, such as `HOSHIYOMI_DATA=demo-data hoshiyomi demo`."
        )
