"""Landing files that several machines share: what stores gave, in a folder or in a bucket of S3.

Each machine lands in its own folder, as ever (`warehouse.landing`), and ships what is finished; the one that
writes the tables fetches what it lacks before it loads. A file's object is named by what is in it
(`<kind>/<batch>/<part>.<sha256>.jsonl.gz`), so that no object ever changes; a batch's coverage
(`coverage/<batch>/<part>.jsonl.gz`), which lists the checksums of its files, is put last, and put once. S3
renames nothing and needs not: a batch without coverage is one that nobody has shipped to its end. What is
fetched is held against those checksums and landed in the same order, coverage last, so that a kill leaves
nothing half on either side.

Machines that made the same request in the same slot landed batches of one name. Where the first one came to
its end, the second brings nothing and stays where it is. Otherwise each may hold what the other lacks: the
second is shipped, or landed, under the name of the next attempt (`.2`), and both count.
What was shipped and fetched stands in `<data>/shared/out` and `in`, an empty file a batch.

Only crawls of stores are shared. What testers say, agree to or take back, what people correct, and files that
somebody imported stay in the data folder of the machine that has them: docs/decisions/0024.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import orjson

from warehouse import manifest
from warehouse.errors import LandingError, WarehouseError
from warehouse.landing import Landing, packed, unpacked
from warehouse.locks import claimed
from warehouse.manifest import Manifest, Part, crawled, generation
from warehouse.private import digest, make_folder, sync, touch, write_atomically
from warehouse.records import (
    Coverage,
    DailyRating,
    RatingSnapshot,
    RejectedRow,
    Release,
    Review,
)

log = logging.getLogger(__name__)
PUBLIC = frozenset(c.KIND for c in (Review, RatingSnapshot, Release, DailyRating, RejectedRow))
"""Kinds of records that may be shared, besides coverage."""
_SUFFIX = ".jsonl.gz"
_NOTES, _OUT, _IN = "shared", "out", "in"


class SharedUnreachable(WarehouseError):
    """The shared landing files cannot be read or written; nothing was changed."""

    exit_code = 15


class Store(Protocol):
    """Objects by name, each there as a whole or not at all."""

    def names(self, prefix: str) -> list[str]:
        """Of all objects under `prefix`, in order."""

    def get(self, name: str) -> bytes:
        """What is in an object; FileNotFoundError where there is none."""

    def put(self, name: str, content: bytes) -> bool:
        """Make an object; False where one of this name is there already, which stays."""


@dataclass(slots=True)
class Moved:
    """What was shipped or fetched."""

    batches: int = 0
    files: int = 0
    bytes: int = 0
    kept_here: list[str] = field(default_factory=list)
    """Crawls that hold something of testers and were not shipped."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The shared landing files."""

    store: Store

    def batches(self) -> dict[str, str]:
        """The shipped batches, each with the name of its coverage's object."""
        found: dict[str, str] = {}
        for name in self.store.names(f"{Coverage.KIND}/"):
            _, batch, part = name.split("/")
            known = found.get(batch)
            # A batch that was mended has the newer coverage beside the older.
            if known is None or generation(known.removesuffix(_SUFFIX)) < generation(
                part.removesuffix(_SUFFIX)
            ):
                found[batch] = name
        return found

    def ship(self, landing: Landing, wanted: Callable[[str], bool] = lambda _batch: True) -> Moved:
        """Share every finished crawl of this machine that nobody has shared; again after a kill.

        Raises SharedUnreachable, and LandingError where a file of ours is damaged.
        """
        done = Moved()
        ours = landing.whole_batches() - _noted(landing, _OUT)
        for batch in sorted(b for b in ours if crawled(b) is not None and wanted(b)):
            self._ship(landing, batch, done)
        return done

    def _ship(self, landing: Landing, batch: str, done: Moved) -> None:
        listed = landing.manifest(batch)
        kinds = {kind for kind, _ in landing.parts(batch)} - {Coverage.KIND}
        if not kinds <= PUBLIC:
            done.kept_here.append(batch)
            return
        if not listed.is_listed:
            # Of before there were manifests: nobody could tell whether all of it came.
            return
        newest = _newest(landing, batch)
        for name in _names(batch):
            content = _cover_of(landing, batch, newest, name)
            if (theirs := self._cover(name)) is not None:
                if theirs == content or _brings_all(theirs, content):
                    break
                continue
            self._put_parts(landing, batch, name, listed, done)
            # Last: from here on the batch counts.
            if self.store.put(_cover(name, newest), content):
                done.batches += 1
                break
        _note(landing, _IN, name)
        _note(landing, _OUT, batch)

    def _put_parts(self, landing: Landing, batch: str, name: str, listed: Manifest, done: Moved) -> None:
        for part in listed.parts.values():
            content = landing.path(part.kind, batch, part.part).read_bytes()
            _check(batch, part, content)
            self.store.put(_object(name, part), content)
            done.files += 1
            done.bytes += len(content)

    def _cover(self, batch: str) -> bytes | None:
        """The coverage of a shared batch; None where nobody has shipped it."""
        names = self.store.names(f"{Coverage.KIND}/{batch}/")
        return (
            self.store.get(max(names, key=lambda n: generation(n.removesuffix(_SUFFIX)))) if names else None
        )

    def fetch(self, landing: Landing, wanted: Callable[[str], bool] = lambda _batch: True) -> Moved:
        """Land every shared batch that this machine lacks.

        One that a crawl of this machine is at waits for its end. A batch of which a file is missing or is
        not what its coverage says is not landed; LandingError names the first such one when the others are
        landed. Raises SharedUnreachable.
        """
        done, wrong = Moved(), []
        known = _noted(landing, _IN)
        for batch, name in sorted(self.batches().items()):
            if crawled(batch) is None or batch in known or not wanted(batch):
                continue
            # A crawl of the same request that is under way here is let to its end. A crawl's name is its
            # request's, and the day behind.
            lock = make_folder(landing.folder.parent / "collect") / f"{batch.rpartition('-')[0]}.lock"
            with claimed(lock) as is_ours:
                if is_ours:
                    try:
                        self._fetch(landing, batch, name, done)
                    except LandingError as error:
                        wrong.append(error)
        if wrong:
            raise wrong[0]
        return done

    def _fetch(self, landing: Landing, batch: str, name: str, done: Moved) -> None:
        cover = self.store.get(name)
        part = name.rsplit("/", 1)[1].removesuffix(_SUFFIX)
        listed = _manifest(batch, cover)
        if not {kind for kind, _ in listed.parts} <= PUBLIC:
            raise _wrong(batch, "holds what may not be shared")
        for local in _names(batch):
            content = _renamed(cover, local) if local != batch else cover
            if landing.is_finished(local):
                ours = landing.path(Coverage.KIND, local, _newest(landing, local)).read_bytes()
                if ours == content or _brings_all(ours, content):
                    break
            elif not _is_begun_here(landing, local, listed):
                self._land_parts(landing, batch, local, listed, done)
                # It came from there and need not go back.
                _note(landing, _OUT, local)
                _land(landing.path(Coverage.KIND, local, part), content)
                done.batches += 1
                break
        _note(landing, _IN, batch)

    def _land_parts(self, landing: Landing, batch: str, local: str, listed: Manifest, done: Moved) -> None:
        for part in listed.parts.values():
            try:
                content = self.store.get(_object(batch, part))
            except FileNotFoundError:
                raise _wrong(batch, f"lacks {part.kind}/{part.part}") from None
            _check(batch, part, content)
            _land(landing.path(part.kind, local, part.part), content)
            done.files += 1
            done.bytes += len(content)


def _names(batch: str) -> Iterator[str]:
    """Under which names a batch may be shipped: its own, then those of further attempts of its slot."""
    yield batch
    named, _, attempt = batch.rpartition(".")
    is_attempt = named and attempt.isdecimal()
    first = named if is_attempt else batch
    yield from (f"{first}.{number}" for number in count(int(attempt) + 1 if is_attempt else 2))


def _cover(batch: str, part: str) -> str:
    return f"{Coverage.KIND}/{batch}/{part}{_SUFFIX}"


def _cover_of(landing: Landing, batch: str, part: str, name: str) -> bytes:
    """The bytes of a batch's coverage when it is shipped as `name`."""
    content = landing.path(Coverage.KIND, batch, part).read_bytes()
    return content if name == batch else _renamed(content, name)


def _renamed(cover: bytes, name: str) -> bytes:
    """Coverage that tells the batch's other name."""
    rows = [orjson.loads(line) | {"batch": name} for line in unpacked(cover).splitlines()]
    return packed(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))


def _brings_all(one: bytes, other: bytes) -> bool:
    """Whether the crawl of one coverage came to its end and asked for all that the other one asked for."""
    ended, asked = (list(map(orjson.loads, unpacked(cover).splitlines())) for cover in (one, other))
    since = {(row["asked_for"], row["store"], row["store_app_id"]): row.get("asked_since") for row in ended}
    for row in asked:
        key = (row["asked_for"], row["store"], row["store_app_id"])
        if key not in since or any(r["outcome"] != "complete" for r in ended):
            return False
        if since[key] is not None and (row.get("asked_since") is None or row["asked_since"] < since[key]):
            return False
    return True


def _newest(landing: Landing, batch: str) -> str:
    """The part of a batch's coverage that holds: of one that was mended, the new one."""
    return max((part for kind, part in landing.parts(batch) if kind == Coverage.KIND), key=generation)


def _noted(landing: Landing, what: str) -> set[str]:
    folder = landing.folder.parent / _NOTES / what
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _note(landing: Landing, what: str, batch: str) -> None:
    touch(make_folder(landing.folder.parent / _NOTES / what) / batch)


def _is_begun_here(landing: Landing, batch: str, listed: Manifest) -> bool:
    """Whether what lies here of an unfinished batch is anything but what a fetch left that was killed."""
    for name in landing.parts(batch):
        known = listed.parts.get(name)
        if known is None or digest(landing.path(name[0], batch, name[1])) not in known.sha256:
            return True
    return False


def _land(final: Path, content: bytes) -> None:
    is_new = not final.parent.exists()
    make_folder(final.parent)
    write_atomically(final, content)
    if is_new:
        sync(final.parent.parent)


def _object(batch: str, part: Part) -> str:
    return f"{part.kind}/{batch}/{part.part}.{part.sha256[-1]}{_SUFFIX}"


def _check(batch: str, part: Part, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != part.sha256[-1]:
        raise _wrong(batch, f"{part.kind}/{part.part} is not what its coverage says")


def _manifest(batch: str, cover: bytes) -> Manifest:
    try:
        return manifest.read(map(orjson.loads, unpacked(cover).splitlines()))
    except (LandingError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise _wrong(batch, "its coverage cannot be read") from None


def _wrong(batch: str, says: str) -> LandingError:
    return LandingError(
        f"The shared batch {batch} is not whole: {says}. Remedy: put its objects back from a copy of the "
        f"bucket or folder; or remove {Coverage.KIND}/{batch} there, and a later crawl brings what it held.",
        own=[batch],
    )


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that all machines mount."""

    root: Path

    def names(self, prefix: str) -> list[str]:
        with _told(str(self.root)):
            if not self.root.is_dir():
                raise NotADirectoryError(str(self.root))
            found = (self.root / prefix).glob("**/*")
            return sorted(
                p.relative_to(self.root).as_posix()
                for p in found
                if not p.name.startswith(".") and p.is_file()
            )

    def get(self, name: str) -> bytes:
        with _told(str(self.root), may_lack=True):
            return (self.root / name).read_bytes()

    def put(self, name: str, content: bytes) -> bool:
        with _told(str(self.root)):
            final = self.root / name
            if final.exists():
                return False
            make_folder(final.parent)
            write_atomically(final, content)
            return True


@dataclass(frozen=True)
class Bucket:
    """A prefix in a bucket of S3, or of a server that speaks it.

    Keys come from where AWS's own tools look for them, the environment or their files; they stand in no
    configuration of ours and in no message.
    """

    place: str
    """s3://bucket/prefix"""
    endpoint: str | None = None
    region: str | None = None

    @cached_property
    def _files(self) -> Any:
        try:
            from s3fs import S3FileSystem
        except ImportError:
            raise SharedUnreachable(
                f"{self.place} needs s3fs, which is not installed. Remedy: `make scale`, on every machine; "
                "or [scale] landing names a folder that all machines mount."
            ) from None
        told = {"endpoint_url": self.endpoint, "region_name": self.region}
        # A listing that somebody else's objects are missing from would lose nothing, but show it late.
        return S3FileSystem(
            anon=False, use_listings_cache=False, skip_instance_cache=True, client_kwargs=told
        )

    @property
    def _root(self) -> str:
        return self.place.removeprefix("s3://").rstrip("/")

    def names(self, prefix: str) -> list[str]:
        with _told(self.place):
            return sorted(
                name.removeprefix(f"{self._root}/") for name in self._files.find(f"{self._root}/{prefix}")
            )

    def get(self, name: str) -> bytes:
        with _told(self.place, may_lack=True):
            content: bytes = self._files.cat_file(f"{self._root}/{name}")
            return content

    def put(self, name: str, content: bytes) -> bool:
        with _told(self.place):
            try:
                self._files.pipe_file(f"{self._root}/{name}", content, mode="create")
            except FileExistsError:
                return False
            except OSError as error:
                # Servers say it by another code, which s3fs does not know.
                if _code(error) in ("PreconditionFailed", "ConditionalRequestConflict", "412"):
                    return False
                raise
            return True


def _code(error: BaseException) -> str:
    """S3's own word for what went wrong."""
    for one in (error, error.__cause__):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict):
            return str(answer.get("Error", {}).get("Code", ""))
    return ""


@contextmanager
def _told(place: str, *, may_lack: bool = False) -> Iterator[None]:
    """Tell what cannot be read or written, without the words of whoever refused: they may hold a key."""
    try:
        yield
    except Exception as error:
        if may_lack and isinstance(error, FileNotFoundError):
            raise
        room = type(error).__module__.split(".")[0]
        if not isinstance(error, OSError) and room not in ("botocore", "aiobotocore", "aiohttp"):
            raise
        why = _code(error) or type(error).__name__
        raise SharedUnreachable(
            f"The shared landing files at {place} cannot be read or written ({why}). Remedy: see that the "
            "place is there and that this machine may use it (a folder's mount and owner; for S3 [scale] "
            "landing_endpoint and landing_region, and keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
            "or in ~/.aws); then run it again: nothing was changed."
        ) from None


def opened(place: str, endpoint: str | None = None, region: str | None = None) -> Shared:
    """The shared landing files at a folder or at s3://bucket/prefix."""
    if place.startswith("s3://"):
        return Shared(Bucket(place, endpoint, region))
    return Shared(Folder(Path(place).expanduser()))


def of_requests(keys: Iterable[str]) -> Callable[[str], bool]:
    """Whether a batch is a crawl of one of these requests, or a backfill of it."""
    known = {crawled(f"{key}-20000101") for key in keys}
    return lambda batch: crawled(batch) in known
