"""Shared landing files, in a folder and in S3: a batch counts as a whole or not at all, whoever is killed."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.builders import coverage, day, review
from tests.cluster.s3 import KEYS, REGION, S3, s3_server
from tests.soak.test_unattended import free_port
from tests.warehouse.house import land, load
from warehouse import shared as shared_module
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.records import Feedback
from warehouse.schema import fingerprint
from warehouse.shared import Bucket, Shared, SharedUnreachable, opened
from warehouse.writes import writer

HAS_S3 = all(importlib.util.find_spec(name) for name in ("moto", "s3fs"))
IN_S3 = pytest.param(
    "s3",
    marks=[
        pytest.mark.cluster,
        pytest.mark.skipif(not HAS_S3, reason="`make test-cluster` brings moto and s3fs"),
    ],
)
FIRST = "google-play-jp.example.app-ja-0a1b2c-20260301"
CUT_OFF: dict[str, Any] = {"outcome": "partial", "reason": "blocked"}
SECOND = "google-play-jp.example.app-en-0a1b2d-20260301"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with s3_server(free_port(), tmp_path_factory.mktemp("s3") / "log") as server:
        yield server


@pytest.fixture(params=["folder", IN_S3])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str | None, str | None]:
    """Where landing files are shared: what `[scale]` says of it."""
    if request.param == "folder":
        (tmp_path / "mounted").mkdir()
        return str(tmp_path / "mounted"), None, None
    server: S3 = request.getfixturevalue("s3")
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    bucket = f"b{abs(hash(tmp_path)):x}"
    server.make_bucket(bucket)
    return f"s3://{bucket}/hoshiyomi", server.endpoint, REGION


@pytest.fixture
def shared(place: tuple[str, str | None, str | None]) -> Shared:
    return opened(*place)


def crawl(data: Path, batch: str, *texts: str, **told: Any) -> None:
    """A finished crawl of one machine; `told` is what its coverage says."""
    reviews = [review(f"{batch}-{n}", text=text, reviewed_at=day(n)) for n, text in enumerate(texts)]
    for n, one in enumerate(reviews):
        Landing(data).write("reviews", batch, f"{n:05d}", [one])
    Landing(data).write("coverage", batch, "00000", [coverage(batch, got=len(reviews), **told)])


def tables(data: Path) -> str:
    load(data)
    with writer(data) as w:
        return fingerprint(w.con)


def test_what_two_machines_collected_makes_the_tables_of_one(shared: Shared, tmp_path: Path) -> None:
    for machine, batch in (("a", FIRST), ("b", SECOND), ("alone", FIRST), ("alone", SECOND)):
        crawl(tmp_path / machine, batch, "遅い", "easy to use")
    assert shared.ship(Landing(tmp_path / "a")).batches == 1
    assert shared.ship(Landing(tmp_path / "b")).batches == 1
    fetched = shared.fetch(Landing(tmp_path / "writes"))
    assert (fetched.batches, fetched.files) == (2, 4)
    assert tables(tmp_path / "writes") == tables(tmp_path / "alone")
    for file in ("reviews", "coverage"):
        for name in Landing(tmp_path / "alone").files(file):
            assert (tmp_path / "writes/landing" / name).exists()
    again = shared.ship(Landing(tmp_path / "a")), shared.fetch(Landing(tmp_path / "writes"))
    assert [m.files for m in again] == [0, 0], "what is shared, or here, is not moved again"


def test_a_batch_without_coverage_is_neither_shipped_nor_fetched(shared: Shared, tmp_path: Path) -> None:
    crawl(tmp_path / "a", FIRST, "slow")
    Landing(tmp_path / "a").write("reviews", SECOND, "00000", [review("r")])
    assert shared.ship(Landing(tmp_path / "a")).batches == 1
    (cover,) = shared.batches().values()
    shared.store.put(f"reviews/{SECOND}/00000.{'0' * 64}.jsonl.gz", b"half")
    assert set(shared.batches()) == {FIRST}
    shared.fetch(Landing(tmp_path / "writes"))
    assert Landing(tmp_path / "writes").whole_batches() == {FIRST}
    assert cover.startswith(f"coverage/{FIRST}/")


@dataclass(slots=True)
class Dies:
    """A store whose machine dies before, or right after, its n-th object; or at the n-th that it reads."""

    store: Any
    left: int
    at: str = "put"

    def names(self, prefix: str) -> list[str]:
        found: list[str] = self.store.names(prefix)
        return found

    def get(self, name: str) -> bytes:
        self._live("get")
        content: bytes = self.store.get(name)
        return content

    def put(self, name: str, content: bytes) -> bool:
        self._live("put")
        is_new: bool = self.store.put(name, content)
        self._live("after")
        return is_new

    def _live(self, at: str) -> None:
        self.left -= at == self.at
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("moment", ["put", "after"])
def test_a_machine_that_dies_while_it_ships_leaves_nothing_half(
    shared: Shared, tmp_path: Path, moment: str
) -> None:
    crawl(tmp_path / "a", FIRST, "slow", "遅い", "crash")
    for at in range(4):
        with pytest.raises(KeyboardInterrupt):
            Shared(Dies(shared.store, at, moment)).ship(Landing(tmp_path / "a"))
        writes = Landing(tmp_path / f"writes{at}")
        shared.fetch(writes)
        # Only with the last object, its coverage, there.
        assert writes.whole_batches() == ({FIRST} if moment == "after" and at == 3 else set())
        if writes.whole_batches():
            assert load(tmp_path / f"writes{at}").rows["reviews"] == 3
    shared.ship(Landing(tmp_path / "a"))
    shared.fetch(Landing(tmp_path / "end"))
    assert set(shared.batches()) == {FIRST}, "what was shipped before the kill is not shipped again"
    assert load(tmp_path / "end").rows["reviews"] == 3


def test_a_machine_that_dies_while_it_fetches_goes_on_the_next_time(shared: Shared, tmp_path: Path) -> None:
    crawl(tmp_path / "a", FIRST, "slow", "遅い", "crash")
    shared.ship(Landing(tmp_path / "a"))
    writes = Landing(tmp_path / "writes")
    for at in range(4):
        with pytest.raises(KeyboardInterrupt):
            Shared(Dies(shared.store, at, "get")).fetch(writes)
        assert writes.whole_batches() == set()
        assert load(tmp_path / "writes").rows == {}
    shared.fetch(writes)
    assert load(tmp_path / "writes").rows["reviews"] == 3


def _texts(data: Path) -> set[str]:
    landing = Landing(data)
    whole = landing.whole_batches()
    files = [f for f in landing.files("reviews") if f.split("/")[1] in whole]
    return {str(row["text"]) for f in files for row in landing.rows(f)}


def test_what_two_machines_collected_under_one_name_counts_both(shared: Shared, tmp_path: Path) -> None:
    a, b, writes = (Landing(tmp_path / name) for name in ("a", "b", "writes"))
    # One of them was cut off by its store: each may have what the other lacks.
    crawl(tmp_path / "a", FIRST, "first", **CUT_OFF)
    crawl(tmp_path / "b", FIRST, "second", "third")
    assert [shared.ship(machine).batches for machine in (a, b, a, b)] == [1, 1, 0, 0]
    assert set(shared.batches()) == {FIRST, f"{FIRST}.2"}
    assert [shared.fetch(writes).batches for _ in range(2)] == [2, 0]
    assert _texts(tmp_path / "writes") == {"first", "second", "third"}
    assert load(tmp_path / "writes").rows["reviews"] == 3
    assert {row["batch"] for batch in writes.whole_batches() for row in writes.coverage(batch)} == {
        FIRST,
        f"{FIRST}.2",
    }
    # A kill before it was noted doubles nothing, on either side.
    for name in ("a", "b", "writes"):
        shutil.rmtree(tmp_path / name / "shared")
    assert [shared.ship(machine).batches for machine in (a, b)] == [0, 0]
    assert (shared.fetch(writes).batches, shared.ship(writes).batches) == (0, 0)
    assert set(shared.batches()) == {FIRST, f"{FIRST}.2"}


@pytest.mark.parametrize(
    ("first", "second", "is_shipped"),
    [
        ({}, {}, False),
        ({}, CUT_OFF, False),
        (CUT_OFF, {}, True),
        ({"asked_since": None}, {"asked_since": day(3)}, False),
        ({"asked_since": day(3)}, {"asked_since": day(4)}, False),
        ({"asked_since": day(3)}, {"asked_since": None}, True),
        ({"asked_since": day(4)}, {"asked_since": day(3)}, True),
    ],
)
def test_what_brings_nothing_that_is_not_there_is_not_shipped_and_not_landed(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], is_shipped: bool
) -> None:
    (tmp_path / "mounted").mkdir()
    shared = opened(str(tmp_path / "mounted"))
    crawl(tmp_path / "a", FIRST, "first", **first)
    crawl(tmp_path / "b", FIRST, "second", **second)
    a, b = Landing(tmp_path / "a"), Landing(tmp_path / "b")
    assert (shared.ship(a).batches, shared.ship(b).batches) == (1, int(is_shipped))
    assert shared.ship(b).batches == 0
    # The other way round: what `b` has is fetched by `a` where it brings something.
    assert shared.fetch(a).batches == int(is_shipped)
    assert _texts(tmp_path / "a") == ({"first", "second"} if is_shipped else {"first"})


def test_two_machines_that_ship_at_the_same_moment_take_two_names(shared: Shared, tmp_path: Path) -> None:
    crawl(tmp_path / "a", FIRST, "first", **CUT_OFF)
    crawl(tmp_path / "b", FIRST, "second", **CUT_OFF)

    class Late(Dies):
        """Looks before the other one has shipped, and puts after it."""

        def names(self, prefix: str) -> list[str]:
            return [] if prefix == f"coverage/{FIRST}/" else super().names(prefix)

    shared.ship(Landing(tmp_path / "a"))
    assert Shared(Late(shared.store, 99)).ship(Landing(tmp_path / "b")).batches == 1
    assert set(shared.batches()) == {FIRST, f"{FIRST}.2"}


def test_the_machine_that_writes_keeps_its_own_crawl_and_takes_the_others(
    shared: Shared, tmp_path: Path
) -> None:
    crawl(tmp_path / "a", FIRST, "theirs", **CUT_OFF)
    shared.ship(Landing(tmp_path / "a"))
    crawl(tmp_path / "writes", FIRST, "ours", **CUT_OFF)
    assert shared.fetch(Landing(tmp_path / "writes")).batches == 1
    assert _texts(tmp_path / "writes") == {"theirs", "ours"}
    # Our own goes where theirs was not; theirs does not go back.
    assert shared.ship(Landing(tmp_path / "writes")).batches == 1
    assert set(shared.batches()) == {FIRST, f"{FIRST}.2"}


def test_a_crawl_that_was_cut_off_here_keeps_its_pages(shared: Shared, tmp_path: Path) -> None:
    crawl(tmp_path / "a", FIRST, "page 1", **CUT_OFF)
    shared.ship(Landing(tmp_path / "a"))
    here = Landing(tmp_path / "here")
    here.write("reviews", FIRST, "00000", [review("r1", text="page 1 of ours")])
    here.write("reviews", FIRST, "00001", [review("r2", text="page 2 of ours")])
    assert shared.fetch(here).batches == 1
    assert here.has("reviews", FIRST, "00001"), "it goes on behind its second page"
    here.write("coverage", FIRST, "00000", [coverage(FIRST, got=2)])
    assert shared.ship(here).batches == 1
    shared.fetch(Landing(tmp_path / "writes"))
    assert _texts(tmp_path / "writes") == {"page 1", "page 1 of ours", "page 2 of ours"}


def test_what_was_changed_on_the_way_is_not_landed_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "mounted").mkdir()
    shared = opened(str(tmp_path / "mounted"))
    crawl(tmp_path / "a", FIRST, "slow")
    crawl(tmp_path / "a", SECOND, "slow")
    shared.ship(Landing(tmp_path / "a"))
    (part,) = (tmp_path / f"mounted/reviews/{FIRST}").iterdir()
    part.write_bytes(part.read_bytes()[:-4])
    writes = Landing(tmp_path / "writes")
    with pytest.raises(LandingError, match=f"{FIRST} is not whole: reviews/00000 is not what its coverage"):
        shared.fetch(writes)
    assert writes.whole_batches() == {SECOND}, "the others are landed"
    part.unlink()
    with pytest.raises(LandingError, match="lacks reviews/00000"):
        shared.fetch(writes)


def test_what_testers_say_and_what_was_imported_stays_here(shared: Shared, tmp_path: Path) -> None:
    land(tmp_path / "a", "import-0123456789abcdef", review("r1"))
    land(tmp_path / "a", "intake-20260301-0001", review("r2"))
    mixed = "app-store-connect-app_store-1-all-0a1b2c-20260301"
    landing = Landing(tmp_path / "a")
    landing.path(Feedback.KIND, mixed, "00000").parent.mkdir(parents=True)
    landing.write_lines(Feedback.KIND, mixed, "00000", b'{"text": "private words"}\n', 1)
    landing.write("coverage", mixed, "00000", [coverage(mixed)])
    moved = shared.ship(landing)
    assert (moved.batches, moved.kept_here) == (0, [mixed])
    assert shared.store.names("") == []


def test_a_machine_fetches_only_the_crawls_of_its_requests(shared: Shared, tmp_path: Path) -> None:
    for batch in (FIRST, SECOND):
        crawl(tmp_path / "a", batch, "slow")
    shared.ship(Landing(tmp_path / "a"))
    key = shared_module.crawled(SECOND)
    assert key
    shared.fetch(Landing(tmp_path / "b"), shared_module.of_requests([key]))
    assert Landing(tmp_path / "b").whole_batches() == {SECOND}


def test_a_crawl_under_way_is_not_disturbed(shared: Shared, tmp_path: Path) -> None:
    crawl(tmp_path / "a", FIRST, "slow")
    shared.ship(Landing(tmp_path / "a"))
    here = tmp_path / "here"
    (here / "collect").mkdir(parents=True)
    with shared_module.claimed(here / "collect" / f"{shared_module.crawled(FIRST)}.lock") as is_ours:
        assert is_ours
        assert shared.fetch(Landing(here)).batches == 0
    assert shared.fetch(Landing(here)).batches == 1


def test_a_place_that_is_not_there_is_told_with_its_remedy(tmp_path: Path) -> None:
    crawl(tmp_path / "a", FIRST, "slow")
    with pytest.raises(SharedUnreachable, match=r"not-mounted cannot be read or written .* Remedy: see that"):
        opened(str(tmp_path / "not-mounted")).ship(Landing(tmp_path / "a"))


@pytest.mark.cluster
@pytest.mark.skipif(not HAS_S3, reason="`make test-cluster` brings moto and s3fs")
def test_no_key_stands_in_what_is_told_of_s3(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    away = [
        Bucket("s3://there-is-none/x", s3.endpoint, REGION),
        Bucket("s3://there-is-none/x", f"http://127.0.0.1:{free_port()}", REGION),
    ]
    for bucket in away:
        with pytest.raises(SharedUnreachable) as told:
            bucket.names("coverage/")
        said = f"{told.value!r} {told.value.__cause__!r} {bucket!r}"
        assert "Remedy: see that the place is there" in said
        assert not [key for key in KEYS.values() if key in said]
