from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flows.intake.limits import Buckets, Scores, network


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_holds_so_many_and_waiting_as_told_is_enough() -> None:
    clock = Clock()
    buckets = Buckets(6, clock=clock)
    assert [buckets.take("a") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    clock.now += 10
    assert buckets.take("a") == 0
    assert buckets.take("b") == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=60), st.integers(1, 20))
def test_nobody_gets_more_than_the_bucket_and_its_refill(asks: list[tuple[str, float]], size: int) -> None:
    clock = Clock()
    buckets = Buckets(size, clock=clock)
    allowed = dict.fromkeys("abc", 0)
    for key, pause in asks:
        clock.now += pause
        allowed[key] += buckets.take(key) == 0
    assert all(n <= size + clock.now * size / 60 + 1e-6 for n in allowed.values())


def test_memory_is_bounded_and_the_quietest_is_forgotten() -> None:
    buckets = Buckets(1, most=100)
    for number in range(1_000):
        buckets.take(str(number))
    assert len(buckets) == 100
    assert buckets.take("999") > 0


def test_a_score_falls_evenly_and_says_when_it_is_low_enough() -> None:
    clock = Clock()
    scores = Scores(6, clock=clock)
    assert [scores.add("a") for _ in range(3)] == [1, 2, 3]
    assert scores.seconds_until("a", 1) == 20
    clock.now += 20
    assert scores.of("a") == 1
    assert scores.seconds_until("a", 1) == 0
    clock.now += 1_000
    assert scores.of("a") == scores.of("b") == 0


def test_memory_of_scores_is_bounded_and_the_quietest_is_forgotten() -> None:
    scores = Scores(1, most=100)
    for number in range(1_000):
        scores.add(str(number))
    assert len(scores) == 100
    assert scores.of("999") > 0


def test_one_ipv6_customer_counts_as_one() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1")
    assert network("2001:db8:0:1::1") != network("2001:db8::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert network("testclient") == "unknown"
