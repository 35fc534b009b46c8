from __future__ import annotations

from datetime import date

import pytest

from models.ratings.spans import Span, date_of, day_number


def test_a_day_number_and_its_date_are_inverses() -> None:
    assert day_number(date(1970, 1, 2)) == 1
    assert date_of(day_number(date(2026, 11, 25))) == date(2026, 11, 25)


def test_a_span_counts_both_of_its_ends() -> None:
    assert Span(date(2026, 2, 27), date(2026, 3, 1)).days == 3


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-03-01"):
        Span(date(2026, 3, 2), date(2026, 3, 1))
