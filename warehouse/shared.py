"""Landing files that several machines share: what stores gave, in a folder or in a bucket of S3.

Each machine lands in its own folder, as ever (`warehouse.landing`), and ships what is finished; the one that
writes the tables fetches what it lacks before it loads. A file's object is named by what is in it
(`<kind>/<batch>/<part>.<sha256>.jsonl.gz`), so that no object ever changes; a batch's coverage
(`coverage/<batch>/<part>.jsonl.gz`), which lists the checksums of its files, is put last, and put once: of
two machines that collected the same the first one's counts. S3 renames nothing and needs not: a batch without
coverage is one that nobody has shipped to its end. What is fetched is held against those checksums and landed
in the same order, coverage last, so that a kill leaves nothing half on either side.

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
from pathlib import Path
from typing import Any, Protocol

import orjson

from warehouse import manifest
from warehouse.errors import LandingError, WarehouseError
from warehouse.landing import Landing, unpacked
from warehouse.locks import claimed
from warehouse.manifest import Manifest, Part, crawled, generation
from warehouse.private import make_folder, sync, write_atomically
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
        ours = {b for b in landing.whole_batches() if crawled(b) is not None and wanted(b)}
        for batch in sorted(ours - self.batches().keys() if ours else ()):
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
        for part in listed.parts.values():
            content = landing.path(part.kind, batch, part.part).read_bytes()
            _check(batch, part, content)
            self.store.put(_object(batch, part), content)
            done.files += 1
            done.bytes += len(content)
        covers = [part for kind, part in landing.parts(batch) if kind == Coverage.KIND]
        newest = max(covers, key=generation)
        content = landing.path(Coverage.KIND, batch, newest).read_bytes()
        # Last: from here on the batch counts.
        if self.store.put(f"{Coverage.KIND}/{batch}/{newest}{_SUFFIX}", content):
            done.batches += 1

    def fetch(self, landing: Landing, wanted: Callable[[str], bool] = lambda _batch: True) -> Moved:
        """Land every shared batch that this machine lacks.

        A batch of which a file is missing or is not what its coverage says is not landed; LandingError names
        the first such one when the others are landed. Raises SharedUnreachable.
        """
        done, wrong = Moved(), []
        here = {p.parent.name for p in (landing.folder / Coverage.KIND).glob(f"*/*{_SUFFIX}")}
        for batch, name in sorted(self.batches().items()):
            if crawled(batch) is None or batch in here or not wanted(batch):
                continue
            # Whoever collects the same at this moment is let to its end. A crawl's name is its request's, and
            # the day behind.
            lock = make_folder(landing.folder.parent / "collect") / f"{batch.rpartition('-')[0]}.lock"
            with claimed(lock) as is_ours:
                if is_ours and not landing.is_finished(batch):
                    try:
                        self._fetch(landing, batch, name, done)
                    except LandingError as error:
                        wrong.append(error)
        if wrong:
            raise wrong[0]
        return done

    def _fetch(self, landing: Landing, batch: str, name: str, done: Moved) -> None:
        cover = self.store.get(name)
        listed = _manifest(batch, cover)
        if not {kind for kind, _ in listed.parts} <= PUBLIC:
            raise _wrong(batch, "holds what may not be shared")
        landing.drop_batch(batch)
        for part in listed.parts.values():
            try:
                content = self.store.get(_object(batch, part))
            except FileNotFoundError:
                raise _wrong(batch, f"lacks {part.kind}/{part.part}") from None
            _check(batch, part, content)
            _land(landing.path(part.kind, batch, part.part), content)
            done.files += 1
            done.bytes += len(content)
        _land(landing.path(Coverage.KIND, batch, name.rsplit("/", 1)[1].removesuffix(_SUFFIX)), cover)
        done.batches += 1


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
