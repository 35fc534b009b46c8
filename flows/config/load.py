"""The only reader of TOML and environment.

Unknown keys are errors that name the file and the nearest key, because a misspelt option that is
silently ignored is the most expensive kind.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.config.analysis import AnalysisChoice, parse_analysis
from flows.config.collect import SOURCES, Intervals, RetryChoice, parse_intervals, parse_retry
from flows.config.dashboard import DashboardChoice, parse_dashboard
from flows.config.events import Event, parse_events
from flows.config.intake import IntakeChoice, parse_intake
from flows.config.publish import PublishChoice, parse_publish
from flows.config.retention import RetentionChoice, parse_retention
from flows.config.toml_fields import known as _known
from flows.config.toml_fields import nearest as nearest
from flows.config.toml_fields import optional as _optional
from flows.config.toml_fields import table as _table
from flows.config.toml_fields import tables as _list
from flows.config.toml_fields import text as _text
from flows.config.toml_fields import whole as _whole
from flows.errors import ConfigError
from flows.sources.base import is_on_this_machine, is_safe
from models.text.scorers import BUNDLED, ModelChoice
from warehouse.records import STORES

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLE = (Path(__file__).parents[1] / "example").resolve()
"""The checkout's `config/`; an installed package carries it, too."""
LENSES = ("user_experience", "trust", "reliability", "service")
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_COUNTRY = re.compile(r"[a-z]{2}")
_STORE_KEYS = ("store", "id", "languages", "countries")
# Requests a second to a public host: more than this is no reading.
_FASTEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectKey:
    """A key of App Store Connect, for one's own apps."""

    key_file: Path
    """The .p8 file."""
    key_id: str
    issuer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaFeedback:
    """What TestFlight's testers agreed to; without it their feedback is not asked for."""

    consent_version: str
    cohort: str
    may_analyse: bool
    may_quote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppStoreEntry:
    """One app in one store."""

    store: str
    id: str
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    country: str | None = None
    """Google Play: whose shop window is looked into for the displayed score."""
    service_account: Path | None = None
    """Google Play: the key file for the official review API of one's own app."""
    console_exports: Path | None = None
    """Google Play: a folder of Play Console's bulk exports."""
    connect: ConnectKey | None = None
    beta_feedback: BetaFeedback | None = None
    adapter: str | None = None
    """App Store: read reviews through this package in place of the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectChoice:
    """How stores are asked: the `[collect]` table of hoshiyomi.toml."""

    requests_per_second: float | None = 1.0
    """To each host; None is without a limit and allowed on this machine only."""
    lookback_days: int = 14
    full_every_days: int = 30
    page_limit: int = 1_000
    every: Intervals = field(default_factory=Intervals)
    retry: RetryChoice = field(default_factory=RetryChoice)
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Other addresses of stores, by ADDRESSES' names: for tests and for mirrors of one's own."""


ADAPTERS = ("app-store-scraper",)
ADDRESSES = ("google_play", "app_store", "app_store_connect", "android_publisher")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One app: the key used everywhere, its name on screen, its owner, its stores."""

    key: str
    name: str
    owner: str | None
    stores: tuple[AppStoreEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic of topics.toml."""

    key: str
    label_en: str
    label_ja: str
    lens: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a run needs to know."""

    data: Path
    apps: tuple[App, ...]
    topics: tuple[Topic, ...]
    model: ModelChoice
    collect: CollectChoice = field(default_factory=CollectChoice)
    analysis: AnalysisChoice = field(default_factory=AnalysisChoice)
    dashboard: DashboardChoice = field(default_factory=DashboardChoice)
    events: tuple[Event, ...] = ()
    intake: IntakeChoice = field(default_factory=IntakeChoice)
    retention: RetentionChoice = field(default_factory=RetentionChoice)
    publish: PublishChoice = field(default_factory=PublishChoice)


def data_folder() -> Path:
    """`HOSHIYOMI_DATA`, else ./data."""
    return Path(os.environ.get("HOSHIYOMI_DATA") or "data").expanduser().absolute()


def config_folder() -> Path:
    """`HOSHIYOMI_CONFIG`, else ./config, else the checkout's examples."""
    named = os.environ.get("HOSHIYOMI_CONFIG")
    if named:
        folder = Path(named).expanduser().absolute()
        if not folder.is_dir():
            raise ConfigError(f"HOSHIYOMI_CONFIG names {folder}, which is not a folder.")
        return folder
    here = Path("config").absolute()
    return here if (here / "apps.toml").is_file() else EXAMPLE


def load_config() -> Config:
    """Read apps.toml, topics.toml, events.toml and hoshiyomi.toml.

    Raises ConfigError naming file, entry, key and remedy.
    """
    folder = config_folder()
    return Config(
        data=data_folder(),
        apps=read_apps(folder / "apps.toml"),
        topics=read_topics(folder / "topics.toml"),
        model=read_model(folder / "hoshiyomi.toml"),
        collect=read_collect(folder / "hoshiyomi.toml"),
        analysis=read_analysis(folder / "hoshiyomi.toml"),
        dashboard=read_dashboard(folder / "hoshiyomi.toml"),
        events=read_events(folder / "events.toml"),
        intake=read_intake(folder / "hoshiyomi.toml"),
        retention=read_retention(folder / "hoshiyomi.toml"),
        publish=read_publish(folder / "hoshiyomi.toml"),
    )


def read_apps(path: Path) -> tuple[App, ...]:
    """The apps of an apps.toml; none when the file is missing."""
    if not path.is_file():
        return ()
    apps = []
    for number, entry in enumerate(_tables(path, "app"), start=1):
        where = f"{path.name}, app {number}"
        _known(entry, ("key", "name", "owner", "store"), where)
        key = _text(entry, "key", where)
        if not _KEY.fullmatch(key):
            raise ConfigError(f"{where}: key {key!r} may hold letters, digits, '.', '_' and '-' only.")
        stores = tuple(_store(s, f"{where} ({key})", path.parent) for s in _list(entry, "store", where))
        if not stores:
            raise ConfigError(f"{where} ({key}): no [[app.store]]. Remedy: add one with store and id.")
        name = _text(entry, "name", where)
        apps.append(App(key=key, name=name, owner=_optional(entry, "owner", where), stores=stores))
    _distinct((a.key for a in apps), path, "key")
    _distinct((f"{s.store}:{s.id}" for a in apps for s in a.stores), path, "store id")
    return tuple(apps)


def read_topics(path: Path) -> tuple[Topic, ...]:
    """The topics of a topics.toml, in the order of the screen."""
    topics = []
    for number, entry in enumerate(_tables(path, "topic"), start=1):
        where = f"{path.name}, topic {number}"
        _known(entry, ("key", "label_en", "label_ja", "lens", "owner"), where)
        lens = _text(entry, "lens", where)
        if lens not in LENSES:
            raise ConfigError(f"{where}: lens {lens!r} is unknown{nearest(lens, LENSES)}.")
        topics.append(
            Topic(
                key=_text(entry, "key", where),
                label_en=_text(entry, "label_en", where),
                label_ja=_text(entry, "label_ja", where),
                lens=lens,
                owner=_optional(entry, "owner", where),
            )
        )
    _distinct((t.key for t in topics), path, "key")
    return tuple(topics)


def read_model(path: Path) -> ModelChoice:
    """The `[model]` table of a hoshiyomi.toml; the bundled model when the file or the table is missing."""
    document = _document(path) if path.is_file() else {}
    _known(
        document, ("model", "collect", "analysis", "dashboard", "intake", "retention", "publish"), path.name
    )
    entry = _table(document, "model", path.name)
    where = f"{path.name}, [model]"
    _known(entry, ("sentiment", "topic", "labels", "threshold", "download", "cache"), where)
    labels = entry.get("labels", {})
    threshold = entry.get("threshold", 0.5)
    download = entry.get("download", False)
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        raise ConfigError(f'{where}: labels must be a table such as [model.labels] "LABEL_0" = "negative".')
    if not isinstance(threshold, float) or not 0 < threshold < 1:
        raise ConfigError(f"{where}: threshold must be a number between 0 and 1, such as 0.5.")
    if not isinstance(download, bool):
        raise ConfigError(f"{where}: download must be true or false.")
    cache = _optional(entry, "cache", where)
    return ModelChoice(
        sentiment=_optional(entry, "sentiment", where) or BUNDLED,
        topic=_optional(entry, "topic", where) or BUNDLED,
        labels=labels,
        threshold=threshold,
        download=download,
        cache=Path(cache).expanduser() if cache else None,
    )


def read_collect(path: Path) -> CollectChoice:
    """The `[collect]` table of a hoshiyomi.toml; the defaults when the file or the table is missing."""
    document = _document(path) if path.is_file() else {}
    entry = _table(document, "collect", path.name)
    where = f"{path.name}, [collect]"
    keys = (
        "requests_per_second", "lookback_days", "full_every_days", "page_limit", "addresses", "every",
        "retry_rounds", "retry_wait_seconds", "patience_minutes", *SOURCES,
    )  # fmt: skip
    _known(entry, keys, where)
    addresses = entry.get("addresses", {})
    if not isinstance(addresses, dict):
        raise ConfigError(f"{where}: addresses must be a table such as [collect.addresses].")
    _known(addresses, ADDRESSES, f"{where}.addresses")
    for name, address in addresses.items():
        if not isinstance(address, str) or not is_safe(address):
            raise ConfigError(f"{where}: address {name} must begin with https:// (http:// on this machine).")
    plain = CollectChoice()
    return CollectChoice(
        requests_per_second=_rate(entry, addresses, where),
        lookback_days=_whole(entry, "lookback_days", plain.lookback_days, where),
        full_every_days=_whole(entry, "full_every_days", plain.full_every_days, where),
        page_limit=_whole(entry, "page_limit", plain.page_limit, where),
        every=parse_intervals(entry, path.name),
        retry=parse_retry(entry, where),
        addresses=addresses,
    )


def read_analysis(path: Path) -> AnalysisChoice:
    """The `[analysis]` table of a hoshiyomi.toml; the defaults when the file or the table is missing."""
    return parse_analysis(_document(path) if path.is_file() else {}, path.name)


def read_dashboard(path: Path) -> DashboardChoice:
    """The `[dashboard]` table of a hoshiyomi.toml; the defaults when the file or the table is missing."""
    return parse_dashboard(_document(path) if path.is_file() else {}, path.name)


def has_login(path: Path) -> bool:
    """Whether the dashboard's secrets.toml says how people sign in (Streamlit's `[auth]`)."""
    return isinstance(_document(path).get("auth"), dict)


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of an events.toml; none when the file is missing."""
    return parse_events(_document(path) if path.is_file() else {}, path.name)


def read_retention(path: Path) -> RetentionChoice:
    """The `[retention]` table of a hoshiyomi.toml; the defaults when the file or the table is missing."""
    return parse_retention(_document(path) if path.is_file() else {}, path.name)


def read_publish(path: Path) -> PublishChoice:
    """The `[publish]` table of a hoshiyomi.toml; the defaults when the file or the table is missing."""
    return parse_publish(_document(path) if path.is_file() else {}, path.name)


def read_intake(path: Path) -> IntakeChoice:
    """The `[intake]` table of a hoshiyomi.toml; the defaults when the file or the table is missing."""
    return parse_intake(_document(path) if path.is_file() else {}, path.name, path.parent)


def _rate(entry: Mapping[str, Any], addresses: Mapping[str, str], where: str) -> float | None:
    value = entry.get("requests_per_second", 1.0)
    if value == "unlimited":
        if set(addresses) != set(ADDRESSES) or not all(map(is_on_this_machine, addresses.values())):
            raise ConfigError(
                f"{where}: requests_per_second may be unlimited only where every address is on this machine."
            )
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= _FASTEST:
        raise ConfigError(
            f"{where}: requests_per_second must be a number above 0 and at most {_FASTEST}, such as 1."
        )
    return float(value)


def _store(entry: Mapping[str, Any], where: str, folder: Path) -> AppStoreEntry:
    store = entry.get("store")
    if store == "google_play":
        own: tuple[str, ...] = ("languages", "countries", "country", "service_account", "console_exports")
    elif store == "app_store":
        own = ("languages", "countries", "connect", "beta_feedback", "adapter")
    else:
        _known(entry, _STORE_KEYS, where)
        store = _text(entry, "store", where)
        raise ConfigError(f"{where}: store {store!r} is unknown{nearest(store, STORES)}.")
    _known(entry, ("store", "id", *own), where)
    languages = _codes(entry, "languages", _LANGUAGE, where)
    countries = _codes(entry, "countries", _COUNTRY, where)
    if store == "google_play" and countries:
        raise ConfigError(
            f"{where}: Google Play reviews have a language, not a country. Remedy: use languages."
        )
    if store == "app_store" and languages:
        raise ConfigError(f"{where}: App Store reviews have a country. Remedy: use countries.")
    country = _optional(entry, "country", where)
    if country is not None and not _COUNTRY.fullmatch(country):
        raise ConfigError(f"{where}: country {country!r} is not a code such as 'jp'.")
    connect = _connect(entry["connect"], where, folder) if "connect" in entry else None
    beta = _beta_feedback(entry["beta_feedback"], where) if "beta_feedback" in entry else None
    if beta is not None and connect is None:
        raise ConfigError(f"{where}: beta_feedback needs connect, the key that may read it.")
    adapter = _optional(entry, "adapter", where)
    if adapter is not None and adapter not in ADAPTERS:
        raise ConfigError(f"{where}: adapter {adapter!r} is unknown{nearest(adapter, ADAPTERS)}.")
    if adapter is not None and connect is not None:
        raise ConfigError(
            f"{where}: adapter and connect name two routes. Remedy: keep connect, the official one."
        )
    return AppStoreEntry(
        store=store,
        id=_text(entry, "id", where),
        languages=languages,
        countries=countries,
        country=country,
        service_account=_path(entry, "service_account", where, folder),
        console_exports=_path(entry, "console_exports", where, folder),
        connect=connect,
        beta_feedback=beta,
        adapter=adapter,
    )


def _connect(entry: object, where: str, folder: Path) -> ConnectKey:
    where = f"{where}, connect"
    if not isinstance(entry, dict):
        raise ConfigError(f"{where} must be a table with key_file, key_id and issuer_id.")
    _known(entry, ("key_file", "key_id", "issuer_id"), where)
    _text(entry, "key_file", where)
    key_file = _path(entry, "key_file", where, folder)
    return ConnectKey(
        key_file=key_file or folder,
        key_id=_text(entry, "key_id", where),
        issuer_id=_text(entry, "issuer_id", where),
    )


def _beta_feedback(entry: object, where: str) -> BetaFeedback:
    where = f"{where}, beta_feedback"
    if not isinstance(entry, dict):
        raise ConfigError(f"{where} must be a table that says what the testers agreed to.")
    _known(entry, ("consent_version", "cohort", "may_analyse", "may_quote"), where)
    agreed = {}
    for key in ("may_analyse", "may_quote"):
        if not isinstance(entry.get(key), bool):
            raise ConfigError(f"{where}: {key} must be true or false; consent is never a default.")
        agreed[key] = entry[key]
    return BetaFeedback(
        consent_version=_text(entry, "consent_version", where),
        cohort=_text(entry, "cohort", where),
        may_analyse=agreed["may_analyse"],
        may_quote=agreed["may_quote"],
    )


def _path(entry: Mapping[str, Any], key: str, where: str, folder: Path) -> Path | None:
    """A path; a relative one is meant from the configuration folder."""
    value = _optional(entry, key, where)
    return None if value is None else folder / Path(value).expanduser()


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing. Remedy: copy it from the project's config folder.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _tables(path: Path, name: str) -> list[Mapping[str, Any]]:
    document = _document(path)
    _known(document, (name,), path.name)
    return _list(document, name, path.name)


def _codes(entry: Mapping[str, Any], key: str, form: re.Pattern[str], where: str) -> tuple[str, ...]:
    values = entry.get(key, [])
    if not isinstance(values, list):
        raise ConfigError(f'{where}: {key} must be a list such as ["ja", "en"].')
    for value in values:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ConfigError(f"{where}: {value!r} in {key} is not a code such as 'ja' or 'jp'.")
    return tuple(values)


def _distinct(values: Iterable[str], path: Path, what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ConfigError(f"{path.name}: the {what} {value!r} is given twice.")
        seen.add(value)
