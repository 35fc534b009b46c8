"""The tests of the warehouse run on both engines: tests/warehouse/lakes.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse import lakes

_OF_THE_WORKING_FILE = {
    "test_compaction.py", "test_damage.py", "test_dictionary.py", "test_kill.py",
    "test_published_by_others.py", "test_tombstones.py", "test_upgrade.py",
}  # fmt: skip
_TESTS_OF_IT = {
    "test_a_second_process_is_told_that_the_first_writes",
    "test_words_without_consent_to_quote_are_in_no_byte_of_the_file",
}

lakes.everywhere()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On a lake, leave out what is said of the working file: its bytes, its comments, its lock."""
    if not lakes.on_lake():
        return
    for item in items:
        if Path(item.location[0]).name in _OF_THE_WORKING_FILE or item.name.split("[")[0] in _TESTS_OF_IT:
            item.add_marker(pytest.mark.skip(reason="of the working file; a lake's own tests: test_lake.py"))
