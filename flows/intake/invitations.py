"""Invitation codes: the key they are hashed with, and the register of who was invited.

One random key, kept under `<data>/alpha/key` and read by its owner only, gives one sub-key for each use, so
that a value made for one use is worth nothing in another. The register, `<data>/alpha/register.sqlite`, holds
no name, no address and no token: who was given which code is known to the operator who gave it. The command
line writes it, the server reads it for every request, so that a revoked code ends at once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flows.errors import HoshiyomiError, InputError
from warehouse.private import FOLDER, OTHERS, make_folder, put_once, touch

_BYTES = 32
# No 0/o, 1/i/l: a code may be read from paper. 28 of these characters are 138 bits.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 4, 7


class KeyUnusable(HoshiyomiError):
    """The key file is there, but is not what we made."""


class Keys:
    """What is derived from the key of one data folder."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._secrets: dict[str, bytes] = {}

    def secret(self, use: str) -> bytes:
        """The sub-key for one use."""
        if use not in self._secrets:
            self._secrets[use] = hmac.digest(self._key, use.encode(), hashlib.sha256)
        return self._secrets[use]

    def token_hash(self, token: str) -> str:
        """What is stored of an invitation token: its keyed hash, as hex."""
        return hmac.digest(self.secret("invitation"), normalised(token).encode(), hashlib.sha256).hex()

    def half_hash(self, token: str) -> str:
        """A keyed hash of a code's first half: what guesses at one certain code have in common."""
        half = normalised(token)[: _GROUPS * _GROUP // 2]
        return hmac.digest(self.secret("half"), half.encode(), hashlib.sha256).hex()

    def feedback_id(self, tester: str, app: str, idempotency_key: str | None) -> str:
        """The id of a feedback: the same for the same tester, app and idempotency key, else random."""
        if idempotency_key is None:
            return f"f-{secrets.token_hex(12)}"
        words = "\0".join((tester, app, idempotency_key))
        return f"f-{hmac.digest(self.secret('feedback'), words.encode(), hashlib.sha256).hex()[:24]}"


def alpha_folder(data: Path) -> Path:
    """`<data>/alpha`, made for its owner only."""
    folder = make_folder(data / "alpha")
    folder.chmod(FOLDER)
    return folder


def load_keys(data: Path) -> Keys:
    """The keys of a data folder; the key file is made at first use. Raises KeyUnusable."""
    path = alpha_folder(data) / "key"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & OTHERS:
        raise KeyUnusable(
            f"{path} can be read by others. Remedy: `chmod 600 {path}`; where others use this machine, think "
            "of the pseudonyms of known addresses as known to them."
        )
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise KeyUnusable(
            f"{path} is not a key of {_BYTES} bytes. Remedy: restore it from your backup; with another key "
            "no invitation that was given out is known any more."
        )
    return Keys(key)


def _make(path: Path) -> None:
    """Write a key whole or not at all; of two processes at the same time one wins, and both read its key."""
    put_once(path, secrets.token_bytes(_BYTES))


def new_token() -> str:
    """A random invitation code of 138 bits, in four groups for the eye."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def normalised(token: str) -> str:
    """A code as it was made, however it was typed: full-width, upper case, spaces, other hyphens."""
    plain = unicodedata.normalize("NFKC", token[:200]).lower()
    return "".join(c for c in plain if c in _ALPHABET)


def new_tester() -> str:
    """A random pseudonym."""
    return f"t-{secrets.token_hex(8)}"


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SCHEMA = Path(__file__).with_name("register.sql")


class RegisterDamaged(HoshiyomiError):
    """The register's bytes are not what SQLite wrote."""

    exit_code = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a token opens."""

    tester: str
    app: str
    cohort: str
    opens_at: datetime
    closes_at: datetime
    is_revoked: bool

    def is_open(self, now: datetime) -> bool:
        """Whether feedback is taken now."""
        return not self.is_revoked and self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Testers invited together."""

    app: str
    cohort: str
    opens_at: datetime
    closes_at: datetime
    invited: int
    revoked: int


class Register:
    """An open register; one thread at a time."""

    def __init__(self, path: Path) -> None:
        # SQLite gives its log and shared memory the mode of the database.
        touch(path)
        self._con = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            self._con.execute("pragma journal_mode = wal")
            self._con.execute("pragma synchronous = full")
            self._con.execute("pragma foreign_keys = on")
            self._con.executescript(_SCHEMA.read_text(encoding="utf-8"))
        except sqlite3.DatabaseError as error:
            self._con.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise RegisterDamaged(
                f"{path} is damaged. Remedy: stop the intake and restore the file from your backup "
                "of alpha/, without a -wal and -shm beside it; without one, move it away and invite "
                "everybody anew."
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()

    def invite(
        self, keys: Keys, *, app: str, cohort: str, count: int, opens_at: datetime | None,
        closes_at: datetime | None, now: datetime,
    ) -> tuple[Cohort, list[tuple[str, str]]]:  # fmt: skip
        """Make `count` invitations; the cohort and (tester, token) of each, tokens for this once only.

        A new cohort needs `closes_at` and begins now by default; a known one keeps its span.
        Raises InputError for a bad name, a span that is none or another span than the cohort has.
        """
        for option, name in (("--app", app), ("--cohort", cohort)):
            if not _NAME.fullmatch(name):
                raise InputError(f"{option} {name!r} may hold letters, digits, '.', '_' and '-' only.")
        made = [(new_tester(), new_token()) for _ in range(count)]
        with self._transaction():
            self._open_cohort(app, cohort, opens_at, closes_at, now)
            self._con.executemany(
                "insert into invitations (token_hash, tester, app, cohort, made_at) values (?, ?, ?, ?, ?)",
                [(keys.token_hash(token), tester, app, cohort, _text(now)) for tester, token in made],
            )
        (known,) = [c for c in self.cohorts() if (c.app, c.cohort) == (app, cohort)]
        return known, made

    def _open_cohort(
        self, app: str, cohort: str, opens_at: datetime | None, closes_at: datetime | None, now: datetime
    ) -> None:
        row = self._con.execute(
            "select opens_at, closes_at from cohorts where app = ? and cohort = ?", (app, cohort)
        ).fetchone()
        if row is not None:
            for option, wanted, known in (("--from", opens_at, row[0]), ("--until", closes_at, row[1])):
                if wanted is not None and wanted != _time(known):
                    raise InputError(
                        f"Cohort {cohort!r} of {app!r} has {option} {known}. Remedy: leave {option} out, or "
                        "name another cohort."
                    )
            return
        if closes_at is None:
            raise InputError(f"Cohort {cohort!r} of {app!r} is new. Remedy: say its end with --until.")
        begins = opens_at or now
        if closes_at <= max(begins, now):
            raise InputError("--until must lie after --from and after now.")
        self._con.execute(
            "insert into cohorts (app, cohort, opens_at, closes_at) values (?, ?, ?, ?)",
            (app, cohort, _text(begins), _text(closes_at)),
        )

    def revoke(self, tester: str, now: datetime) -> int:
        """Block every code of a tester; how many were open."""
        with self._transaction():
            return self._con.execute(
                "update invitations set revoked_at = ? where tester = ? and revoked_at is null",
                (_text(now), tester),
            ).rowcount

    def held(self, tester: str) -> list[dict[str, object]]:
        """All that is kept of a tester's codes, for whoever asks what is held: not the codes themselves."""
        names = ("app", "cohort", "made_at", "revoked_at")
        rows = self._con.execute(
            "select app, cohort, made_at, revoked_at from invitations where tester = ? order by made_at",
            (tester,),
        ).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def find(self, token_hash: str) -> Invitation | None:
        """The invitation of a token's keyed hash."""
        row = self._con.execute(
            "select i.tester, i.app, i.cohort, c.opens_at, c.closes_at, i.revoked_at"
            " from invitations i join cohorts c using (app, cohort) where i.token_hash = ?",
            (token_hash,),
        ).fetchone()
        if row is None:
            return None
        return Invitation(
            tester=row[0], app=row[1], cohort=row[2], opens_at=_time(row[3]), closes_at=_time(row[4]),
            is_revoked=row[5] is not None,
        )  # fmt: skip

    def cohorts(self) -> list[Cohort]:
        """All cohorts with how many were invited, in order of app and name."""
        rows = self._con.execute(
            "select c.app, c.cohort, c.opens_at, c.closes_at, count(i.tester), count(i.revoked_at)"
            " from cohorts c left join invitations i using (app, cohort)"
            " group by c.app, c.cohort, c.opens_at, c.closes_at order by c.app, c.cohort"
        ).fetchall()
        return [
            Cohort(
                app=r[0], cohort=r[1], opens_at=_time(r[2]), closes_at=_time(r[3]), invited=r[4], revoked=r[5]
            )
            for r in rows
        ]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._con.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._con.execute("rollback")
            raise
        self._con.execute("commit")


@contextmanager
def open_register(data: Path) -> Iterator[Register]:
    """The register of a data folder, made at first use."""
    register = Register(alpha_folder(data) / "register.sqlite")
    try:
        yield register
    finally:
        register.close()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
