"""apps.toml and topics.toml: which apps are asked for, in which stores, and what reviews are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from flows.config.tables import (
    File,
    Flag,
    Table,
    Text,
    WrongTable,
    like,
    listed,
    one_of,
    read_toml,
    validated,
)
from warehouse.records import STORES

LENSES = ("user_experience", "trust", "reliability", "service")
ADAPTERS = ("app-store-scraper",)
_ONLY_OF = {
    "google_play": ("country", "service_account", "console_exports"),
    "app_store": ("connect", "beta_feedback", "adapter"),
}
_CODE = "is not a code such as 'ja' or 'jp'"
_Languages = Annotated[tuple[Annotated[Text, like("[a-z]{2,3}", _CODE)], ...], listed('["ja", "en"]')]
_Countries = Annotated[tuple[Annotated[Text, like("[a-z]{2}", _CODE)], ...], listed('["jp", "us"]')]


class ConnectKey(Table):
    """A key of App Store Connect, for one's own apps."""

    key_file: File
    """The .p8 file."""
    key_id: Text
    issuer_id: Text


class BetaFeedback(Table):
    """What TestFlight's testers agreed to; without it their feedback is not asked for."""

    consent_version: Text
    cohort: Text
    may_analyse: Flag
    may_quote: Flag


class AppStoreEntry(Table):
    """One app in one store."""

    store: Annotated[Text, one_of(STORES)]
    id: Text
    languages: _Languages = ()
    countries: _Countries = ()
    country: Annotated[Text, like("[a-z]{2}", "is not a code such as 'jp'")] | None = None
    """Google Play: whose shop window is looked into for the displayed score."""
    service_account: File | None = None
    """Google Play: the key file for the official review API of one's own app."""
    console_exports: File | None = None
    """Google Play: a folder of Play Console's bulk exports."""
    connect: ConnectKey | None = None
    beta_feedback: BetaFeedback | None = None
    adapter: Annotated[Text, one_of(ADAPTERS)] | None = None
    """App Store: read reviews through this package in place of the feed."""

    @model_validator(mode="after")
    def _fits_its_store(self) -> AppStoreEntry:
        if self.store == "google_play" and self.countries:
            raise WrongTable("Google Play reviews have a language, not a country. Remedy: use languages")
        if self.store == "app_store" and self.languages:
            raise WrongTable("App Store reviews have a country. Remedy: use countries")
        for store, keys in _ONLY_OF.items():
            wrong = next((k for k in keys if store != self.store and getattr(self, k) is not None), None)
            if wrong is not None:
                raise WrongTable(f"{wrong} is a key of {store} only. Remedy: remove it")
        if self.beta_feedback is not None and self.connect is None:
            raise WrongTable("beta_feedback needs connect, the key that may read it")
        if self.adapter is not None and self.connect is not None:
            raise WrongTable("adapter and connect name two routes. Remedy: keep connect, the official one")
        return self


class App(Table):
    """One app: the key used everywhere, its name on screen, its owner, its stores."""

    key: Annotated[
        Text, like("[A-Za-z0-9][A-Za-z0-9._-]{0,79}", "may hold letters, digits, '.', '_' and '-' only")
    ]
    name: Text
    owner: Text | None = None
    stores: Annotated[tuple[AppStoreEntry, ...], Field(validation_alias="store")] = ()

    @model_validator(mode="after")
    def _has_a_store(self) -> App:
        if not self.stores:
            raise WrongTable("no [[app.store]]. Remedy: add one with store and id")
        return self


class Apps(Table):
    """apps.toml."""

    app: tuple[App, ...] = ()

    @model_validator(mode="after")
    def _are_distinct(self) -> Apps:
        _distinct("key", (a.key for a in self.app))
        _distinct("store id", (f"{s.store}:{s.id}" for a in self.app for s in a.stores))
        return self


class Topic(Table):
    """One topic of topics.toml."""

    key: Text
    label_en: Text
    label_ja: Text
    lens: Annotated[Text, one_of(LENSES)]
    owner: Text | None = None


class Topics(Table):
    """topics.toml, in the order of the screen."""

    topic: tuple[Topic, ...] = ()

    @model_validator(mode="after")
    def _are_distinct(self) -> Topics:
        _distinct("key", (t.key for t in self.topic))
        return self


def read_apps(path: Path, content: bytes | None = None) -> tuple[App, ...]:
    """The apps of an apps.toml, or of what it would hold; none when the file is missing."""
    if content is None and not path.is_file():
        return ()
    return validated(Apps, read_toml(path, content), path).app


def read_topics(path: Path) -> tuple[Topic, ...]:
    """The topics of a topics.toml."""
    return validated(Topics, read_toml(path), path).topic


def _distinct(what: str, values: Iterable[str]) -> None:
    twice = next((value for value, n in Counter(values).items() if n > 1), None)
    if twice is not None:
        raise WrongTable(f"the {what} {twice!r} is given twice")
