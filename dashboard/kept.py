"""What a person who signs in keeps: favourite apps, and views by name. Nothing says who they are.

A file of its own (SQLite) in a folder of its own, which HOSHIYOMI_KEPT names: the dashboard cannot write the
data folder. A person is a keyed hash of what the provider calls them; the key lies beside the file.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE, KEY = "kept.sqlite", "kept.key"
FAVOURITES, VIEWS = 500, 50
"""So many of each does a person keep."""
LONGEST_NAME, LONGEST_QUERY = 60, 2_000
_WAIT = 5.0
"""Seconds that a write waits for another one."""
_TABLES = """
create table if not exists favourites (person text, app text, primary key (person, app)) without rowid;
create table if not exists views (
    person text, name text, page text not null, query text not null, primary key (person, name)
) without rowid;
"""


class NotKept(Exception):
    """What is kept cannot be read or written: a disk, a right, a damaged file."""


class TooMuch(Exception):
    """A person keeps as much as they may."""


@dataclass(frozen=True, slots=True)
class View:
    """A page with its address, under the name that a person gave it."""

    name: str
    page: str
    query: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What one person keeps in `folder`. Every method raises NotKept where the file fails."""

    folder: Path
    person: str

    def favourites(self) -> set[str]:
        """The keys of their favourite apps."""
        with self._open() as con:
            return {
                str(app)
                for (app,) in con.execute("select app from favourites where person = ?", [self.person])
            }

    def toggle(self, app: str) -> None:
        """Make an app a favourite, or none any more. Raises TooMuch."""
        with self._open() as con:
            gone = con.execute("delete from favourites where person = ? and app = ?", [self.person, app])
            if not gone.rowcount:
                of = con.execute("select count(*) from favourites where person = ?", [self.person])
                _check(of.fetchone()[0], FAVOURITES)
                con.execute("insert into favourites values (?, ?)", [self.person, app])

    def views(self) -> list[View]:
        """Their views, by name."""
        with self._open() as con:
            rows = con.execute(
                "select name, page, query from views where person = ? order by name", [self.person]
            )
            return [View(*map(str, row)) for row in rows]

    def save(self, view: View) -> None:
        """Keep a view, in place of one of the same name. Raises TooMuch."""
        name = " ".join(view.name.split())[:LONGEST_NAME]
        _check(len(view.query), LONGEST_QUERY)
        with self._open() as con:
            of = con.execute("select count(*) from views where person = ? and name <> ?", [self.person, name])
            _check(of.fetchone()[0], VIEWS)
            con.execute(
                "insert or replace into views values (?, ?, ?, ?)", [self.person, name, view.page, view.query]
            )

    def drop(self, name: str) -> None:
        """Keep a view no more."""
        with self._open() as con:
            con.execute("delete from views where person = ? and name = ?", [self.person, name])

    def forget(self) -> None:
        """Erase everything of this person; no byte of it stays in the file."""
        with self._open() as con:
            con.execute("delete from favourites where person = ?", [self.person])
            con.execute("delete from views where person = ?", [self.person])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        file = self.folder / FILE
        try:
            # Nobody else reads it, from its first byte on.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(file, timeout=_WAIT)) as con, con:
                con.execute("pragma secure_delete = on")
                con.executescript(_TABLES)
                con.execute("begin immediate")
                yield con
        except (OSError, sqlite3.Error) as error:
            raise NotKept(f"{FILE}: {type(error).__name__}") from error


def of_person(issuer: str, subject: str) -> Kept | None:
    """What the person keeps whom a provider (`issuer`) calls `subject`; None where nothing can be kept.

    Raises NotKept where the folder is named and fails.
    """
    named = os.environ.get("HOSHIYOMI_KEPT")
    if not named:
        return None
    folder = Path(named).expanduser().absolute()
    said = f"{len(issuer)}:{issuer}{subject}".encode()
    return Kept(folder, hmac.new(_key(folder), said, hashlib.sha256).hexdigest())


def _key(folder: Path) -> bytes:
    """The key of the folder, made once. Two that make it at once end with the same one."""
    path = folder / KEY
    try:
        if not path.exists():
            made = folder / f"{KEY}.{secrets.token_hex(8)}"
            with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
            try:
                # Fails where another one was first, and leaves that one.
                os.link(made, path)
            except FileExistsError:
                pass
            finally:
                made.unlink()
        key = path.read_bytes()
    except OSError as error:
        raise NotKept(f"{KEY}: {type(error).__name__}") from error
    if len(key) < 32:
        raise NotKept(f"{KEY}: too short")
    return key


def _check(n: int, most: int) -> None:
    if n >= most:
        raise TooMuch
