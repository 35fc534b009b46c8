"""What was found and told, in a small SQLite file of its own: the warehouse may be what cannot be opened.

A message is written down before it is sent and receipted after: killed in between, it is sent once more under
the same id. On a full disk there is still the room that was laid aside, so that this is told, and told once;
were that gone, too, a copy in memory serves for one pass.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import orjson

from flows.alerts.channels import Message, Receipt
from flows.alerts.incidents import Found, Told
from flows.alerts.signals import Signal
from warehouse.private import make_folder, touch, write_atomically

log = logging.getLogger(__name__)
FOLDER = "alerts"
FILE = "ledger.sqlite"
LOCK = ".lock"
KEPT_DAYS = 400
"""What ended so long ago is forgotten."""
_SCHEMA = (Path(__file__).parent / "ledger.sql").read_text("utf-8")
_BUSY_S = 30.0
_RESERVE, _ROOM = "reserve", 1 << 20
"""A pass writes some kilobytes, and SQLite as much again beside them."""

Status = Literal["waiting", "delivered", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message to one channel, as it is written down before it is sent."""

    id: str
    channel: str
    purpose: str
    """alert, digest, test or report."""
    message: Message
    incidents: tuple[str, ...] = ()
    step: str = ""
    told: Mapping[str, tuple[str, Told]] = field(default_factory=dict)
    """By signal: its incident, and how it stands in this message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a channel is."""

    name: str
    since: datetime
    """From when on it is told; what was over before is not."""
    digest_at: datetime | None = None
    failing_since: datetime | None = None
    failed_in_a_row: int = 0
    next_try_at: datetime | None = None
    detail: str | None = None


def exists(data: Path) -> bool:
    """Whether anything was ever told from this data folder."""
    return (data / FOLDER / FILE).exists()


class Ledger:
    """The ledger of one data folder; a context manager."""

    def __init__(self, con: sqlite3.Connection, *, is_lasting: bool) -> None:
        self._con = con
        self.is_lasting = is_lasting
        """Whether what is written stays; a copy in memory serves where the disk is full."""

    @classmethod
    def open(cls, data: Path) -> Ledger:
        """Open it for writing, making it where it is missing."""
        path = data / FOLDER / FILE
        try:
            make_folder(path.parent)
            _keep_room(path.parent)
            touch(path)
            con = _connected(path)
            con.executescript(_SCHEMA)
            with _in_one(con):
                con.execute("delete from unreached where what = ''")
        except (sqlite3.OperationalError, OSError) as error:
            log.warning(
                "the ledger of alerts cannot be written (%(why)s): what is told now may be told again",
                {"why": str(error)},
            )
            return cls(_in_memory(path), is_lasting=False)
        return cls(con, is_lasting=True)

    @classmethod
    def read(cls, data: Path) -> Ledger:
        """Open it for reading. Raises FileNotFoundError where there is none."""
        path = data / FOLDER / FILE
        if not path.exists():
            raise FileNotFoundError(path)
        con = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_BUSY_S, isolation_level=None)
        con.row_factory = sqlite3.Row
        return cls(con, is_lasting=False)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    # --- what was found -------------------------------------------------------------------------

    def found(self) -> dict[str, Found]:
        """Every signal that is known, by key."""
        return {r["key"]: _found(r) for r in self._con.execute("select * from signals")}

    def keep(self, found: Iterable[Found]) -> None:
        """Write down how signals stand now."""
        rows = [(f.signal.key, f.incident, _body(f.signal), f.seen_at.isoformat()) for f in found]
        with _in_one(self._con):
            self._con.executemany(
                "insert into signals values (?, ?, ?, ?) on conflict (key) do update set "
                "body = excluded.body, seen_at = excluded.seen_at",
                rows,
            )

    def forget_old(self, now: datetime) -> None:
        """Remove signals that were over long ago, with what was told of them."""
        before = now.timestamp() - KEPT_DAYS * 86_400
        day = datetime.fromtimestamp(before, UTC).isoformat()
        with _in_one(self._con):
            self._con.execute(
                "delete from signals where seen_at < ? and json_extract(body, '$.state') <> 'open'", (day,)
            )
            self._con.execute("delete from told where key not in (select key from signals)")
            self._con.execute("delete from receipts where at < ?", (day,))
            self._con.execute("delete from messages where ended_at < ?", (day,))

    # --- what was told --------------------------------------------------------------------------

    def told(self, channel: str) -> dict[str, tuple[Told, datetime]]:
        """By signal: how it stood when this channel was told of it, and when."""
        found = self._con.execute("select * from told where channel = ?", (channel,))
        return {
            r["key"]: (Told(state=r["state"], size=r["size"]), datetime.fromisoformat(r["told_at"]))
            for r in found
        }

    def subject(self, channel: str, incident: str) -> str | None:
        """What the thread of an incident is called in a channel; None before its first message."""
        found = self._con.execute(
            "select title from messages where channel = ? and purpose = 'alert' and step = 'raised' "
            "and status = 'delivered' and incidents = ? order by made_at limit 1",
            (channel, orjson.dumps([incident]).decode()),
        ).fetchone()
        return None if found is None else str(found["title"])

    def channel(self, name: str, now: datetime) -> Line:
        """How a channel is; a new one is written down."""
        with _in_one(self._con):
            self._con.execute(
                "insert or ignore into channels (name, since) values (?, ?)", (name, now.isoformat())
            )
        (row,) = self._con.execute("select * from channels where name = ?", (name,)).fetchall()
        return _line(row)

    def channels(self) -> list[Line]:
        """Every channel that was ever told something."""
        return [_line(r) for r in self._con.execute("select * from channels order by name")]

    def delivered_since(self, channel: str, since: datetime) -> int:
        """How many messages of alerts this channel took since a moment."""
        found = self._con.execute(
            "select count(*) from receipts r join messages m on m.id = r.message "
            "where r.channel = ? and r.at > ? and r.is_delivered and m.purpose in ('alert', 'digest')",
            (channel, since.isoformat()),
        )
        return int(found.fetchone()[0])

    # --- messages and receipts ------------------------------------------------------------------

    def put(self, post: Post, now: datetime) -> bool:
        """Write a message down before it is sent; False where one of this id was delivered already."""
        with _in_one(self._con):
            before = self._con.execute("select status from messages where id = ?", (post.id,)).fetchone()
            if before is not None:
                return bool(before["status"] == "waiting")
            self._con.execute(
                "insert into messages values (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, null)",
                (
                    post.id, post.channel, post.purpose, orjson.dumps(post.incidents).decode(), post.step,
                    post.message.title, _payload(post), now.isoformat(),
                ),
            )  # fmt: skip
        return True

    def waiting(self, channel: str, *purposes: str) -> list[Post]:
        """Messages to this channel that were written down and not delivered, the oldest first."""
        found = self._con.execute(
            "select * from messages where channel = ? and status = 'waiting' order by made_at, id", (channel,)
        ).fetchall()
        return [_post(r) for r in found if r["purpose"] in purposes]

    def drop(self, ids: Iterable[str], now: datetime) -> None:
        """Give up messages whose place another one takes."""
        with _in_one(self._con):
            self._con.executemany(
                "update messages set status = 'dropped', payload = null, ended_at = ? "
                "where id = ? and status = 'waiting'",
                [(now.isoformat(), i) for i in ids],
            )

    def receipt(self, post: Post, receipt: Receipt, next_try_at: datetime | None) -> None:
        """Write down what became of a try, and with a delivery all that was told by it, in one step."""
        at = receipt.at.isoformat()
        with _in_one(self._con):
            self._con.execute(
                "insert into receipts values (?, ?, ?, ?, ?, ?)",
                (post.id, receipt.channel, at, receipt.is_delivered, receipt.detail, receipt.seconds),
            )
            if not receipt.is_delivered:
                self._con.execute(
                    "update channels set failing_since = coalesce(failing_since, ?), detail = ?, "
                    "failed_in_a_row = failed_in_a_row + 1, next_try_at = ? where name = ?",
                    (at, receipt.detail, next_try_at and next_try_at.isoformat(), receipt.channel),
                )
                return
            self._con.execute(
                "update channels set failing_since = null, detail = null, failed_in_a_row = 0, "
                "next_try_at = null where name = ?",
                (receipt.channel,),
            )
            self._con.execute(
                "update messages set status = 'delivered', payload = null, ended_at = ? where id = ?",
                (at, post.id),
            )
            self._con.executemany(
                "insert or replace into told values (?, ?, ?, ?, ?, ?)",
                [(post.channel, k, i, t.state, t.size, at) for k, (i, t) in post.told.items()],
            )

    def digested(self, channel: str, now: datetime) -> None:
        """Note that the digest of today was made."""
        with _in_one(self._con):
            self._con.execute("update channels set digest_at = ? where name = ?", (now.isoformat(), channel))

    def unreached(self, whats: Iterable[str], now: datetime) -> None:
        """Note what was found and has nobody who is told of it."""
        with _in_one(self._con):
            self._con.execute("delete from unreached")
            self._con.executemany(
                "insert or ignore into unreached values (?, ?)", [(w, now.isoformat()) for w in whats]
            )

    def nobody_told(self) -> list[str]:
        """What was found at the last look and nobody could be told."""
        return [r["what"] for r in self._con.execute("select what from unreached order by what")]

    def list(self, since: datetime | None = None, channel: str | None = None) -> list[dict[str, Any]]:
        """The messages with their last try, the newest first: for people, and without anybody's words."""
        found = self._con.execute(
            """
            select
                m.made_at, m.channel, m.purpose, m.step, m.incidents, m.title, m.status,
                count(r.at) as tries, max(r.at) as last_try_at,
                (select detail from receipts l where l.message = m.id order by at desc limit 1) as detail,
                m.id
            from messages m left join receipts r on r.message = m.id
            where (:since is null or m.made_at >= :since) and (:channel is null or m.channel = :channel)
            group by m.id order by m.made_at desc, m.id
            """,
            {"since": since and since.isoformat(), "channel": channel},
        )
        return [dict(r) | {"incidents": ", ".join(orjson.loads(r["incidents"]))} for r in found]


def _connected(path: Path) -> sqlite3.Connection:
    con = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    con.row_factory = sqlite3.Row
    con.execute("pragma synchronous = full")
    return con


def _keep_room(folder: Path) -> None:
    """Lay some room aside while there is enough, and give it back when the disk is full."""
    reserve, free = folder / _RESERVE, shutil.disk_usage(folder).free
    if free < _ROOM:
        reserve.unlink(missing_ok=True)
    elif free > 16 * _ROOM and not reserve.exists():
        write_atomically(reserve, bytes(_ROOM))


def _in_memory(path: Path) -> sqlite3.Connection:
    """What the file holds, as far as it can be read, in memory."""
    con = _connected(Path(":memory:"))
    try:
        there = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        there.backup(con)
        there.close()
    except sqlite3.Error as error:
        log.warning("what was told before is not known: %(why)s", {"why": str(error)})
    con.executescript(_SCHEMA)
    return con


@contextmanager
def _in_one(con: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing, and nobody writes meanwhile."""
    con.execute("begin immediate")
    try:
        yield
    except BaseException:
        # On a full disk SQLite has taken it back itself.
        if con.in_transaction:
            con.execute("rollback")
        raise
    con.execute("commit")


def _body(signal: Signal) -> str:
    return orjson.dumps(asdict(signal)).decode()


def _found(row: sqlite3.Row) -> Found:
    body = orjson.loads(row["body"])
    for name in ("raised", "over"):
        body[name] = date.fromisoformat(body[name]) if body[name] else None
    return Found(
        signal=Signal(**body), incident=row["incident"], seen_at=datetime.fromisoformat(row["seen_at"])
    )  # fmt: skip


def _payload(post: Post) -> str:
    message = asdict(post.message) | {"attachments": [str(p) for p in post.message.attachments]}
    told = {k: [i, t.state, t.size] for k, (i, t) in post.told.items()}
    return orjson.dumps({"message": message, "told": told}).decode()


def _post(row: sqlite3.Row) -> Post:
    given = orjson.loads(row["payload"])
    message = given["message"] | {"attachments": tuple(Path(p) for p in given["message"]["attachments"])}
    return Post(
        id=row["id"], channel=row["channel"], purpose=row["purpose"], message=Message(**message),
        incidents=tuple(orjson.loads(row["incidents"])), step=row["step"],
        told={k: (i, Told(state=s, size=z)) for k, (i, s, z) in given["told"].items()},
    )  # fmt: skip


def _line(row: sqlite3.Row) -> Line:
    times = ("since", "digest_at", "failing_since", "next_try_at")
    given = dict(row) | {n: datetime.fromisoformat(row[n]) if row[n] else None for n in times}
    return Line(**given)
