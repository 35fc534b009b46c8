"""Building, checking and publishing what was touched gives what building everything gives."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.warehouse.sequences import Sequence

_SEQUENCES = int(os.environ.get("SEQUENCES", "2000"))


def test_what_was_touched_gives_the_same_as_everything(tmp_path: Path) -> None:
    one = Sequence(tmp_path, random.Random(7))
    one.run(10)
    assert one.done["published a part"] > 0
    assert one.done["published everything"] > 1


@pytest.mark.soak
def test_so_it_does_in_many_sequences(tmp_path: Path) -> None:
    for number in range(_SEQUENCES):
        data = tmp_path / str(number)
        Sequence(data, random.Random(1_000 + number)).run(8)
