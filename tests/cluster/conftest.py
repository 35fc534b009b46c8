"""Every test here needs what `make scale` and `make test-cluster` install; it says what is missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NEEDED = ("prefect_dask", "prefect_ray", "s3fs", "moto")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, and skip them where a package is missing."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.cluster)
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"`make test-cluster` brings {', '.join(missing)}"))
