"""The tests of the warehouse run on both engines: tests/warehouse/lakes.py."""

from __future__ import annotations

from tests.warehouse import lakes

lakes.everywhere()
