"""hoshiyomi.toml: a model a table. Everything has a default; the documents named here say what each does."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from flows.config.lake import LakeKeys
from flows.config.schedules import ScheduleTable, Zone
from flows.config.tables import (
    Count,
    File,
    Flag,
    Interval,
    Table,
    Text,
    Whole,
    WrongTable,
    between,
    like,
    listed,
    must,
    nearest,
    one_of,
    template,
)
from flows.sources.base import is_on_this_machine, is_safe
from models.text.scorers import BUNDLED, ModelChoice

ADDRESSES = ("google_play", "app_store", "app_store_connect", "android_publisher")
_DAY = timedelta(days=1)
_FAMILIES = dict.fromkeys(("app_store_feed", "app_store_lookup", "app_store_scraper"), "app_store")
# Requests a second to a public host: more than this is no reading.
_FASTEST = 10


class ModelTable(Table):
    """`[model]`: what reads texts."""

    sentiment: Text = BUNDLED
    topic: Text = BUNDLED
    labels: Annotated[
        dict[str, Annotated[str, Field(strict=True)]],
        must('must be a table such as [model.labels] "LABEL_0" = "negative"'),
    ] = Field(default_factory=dict)
    threshold: Annotated[
        float, Field(strict=True, gt=0, lt=1), must("must be a number between 0 and 1, such as 0.5")
    ] = 0.5
    download: Flag = False
    cache: Annotated[Path, AfterValidator(Path.expanduser), must("is missing or is not a text")] | None = None

    @property
    def choice(self) -> ModelChoice:
        """The same as the models take it."""
        return ModelChoice(**dict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryChoice:
    """How asks that failed for a passing reason are tried again at the end of a run."""

    rounds: int = 2
    """So often at most; 0 leaves it to the next run."""
    wait_s: int = 60
    """Before the first round; each later one waits twice as long. A longer Retry-After is kept to."""
    patience_s: int = 600
    """The run waits no longer than this in all; whoever wants a longer pause is left to a later run."""


def _rate(value: Any) -> Any:
    return None if value == "unlimited" else value


def _are_addresses(given: Mapping[str, str]) -> Mapping[str, str]:
    for name, address in given.items():
        if name not in ADDRESSES:
            raise ValueError(f"has an unknown key {name!r}{nearest(name, ADDRESSES)}")
        if not is_safe(address):
            raise ValueError(f"{name} must begin with https:// (http:// on this machine)")
    return given


_Rate = Annotated[float, Field(strict=True, gt=0, le=_FASTEST)]


class SourceTable(Table):
    """`[collect.<source>]`."""

    every: Interval | None = None


class CollectChoice(Table):
    """`[collect]`: how stores are asked; docs/sources.md."""

    requests_per_second: Annotated[
        _Rate | None,
        BeforeValidator(_rate),
        must(f"must be a number above 0 and at most {_FASTEST}, such as 1"),
    ] = 1.0
    """To each host; None ("unlimited") is allowed on this machine only."""
    lookback_days: Whole = 14
    full_every_days: Whole = 30
    page_limit: Whole = 1_000
    retry_rounds: Annotated[int, between(0, 10)] = 2
    retry_wait_seconds: Annotated[int, between(1, 3_600)] = 60
    patience_minutes: Annotated[int, between(0, 120)] = 10
    addresses: Annotated[dict[str, Text], AfterValidator(_are_addresses)] = Field(default_factory=dict)
    """Other addresses of stores, by ADDRESSES' names: for tests and for mirrors of one's own."""
    every: Interval = _DAY
    google_play: SourceTable = SourceTable()
    android_publisher: SourceTable = SourceTable()
    app_store: SourceTable = SourceTable()
    """Speaks for the feed, the lookup and the adapter, too, where they have no table of their own."""
    app_store_feed: SourceTable = SourceTable()
    app_store_lookup: SourceTable = SourceTable()
    app_store_scraper: SourceTable = SourceTable()
    app_store_connect: SourceTable = SourceTable()

    @model_validator(mode="after")
    def _is_polite(self) -> CollectChoice:
        here = set(self.addresses) == set(ADDRESSES) and all(map(is_on_this_machine, self.addresses.values()))
        if self.requests_per_second is None and not here:
            raise WrongTable(
                "requests_per_second may be unlimited only where every address is on this machine"
            )
        return self

    @property
    def retry(self) -> RetryChoice:
        """How a refused ask is tried again."""
        return RetryChoice(
            rounds=self.retry_rounds, wait_s=self.retry_wait_seconds, patience_s=self.patience_minutes * 60
        )

    def interval(self, source: str) -> timedelta:
        """How often a source, by its name in `coverage`, is asked: its own table, its family's, `every`."""
        for name in (source, _FAMILIES.get(source)):
            table = getattr(self, name, None) if name else None
            if isinstance(table, SourceTable) and table.every is not None:
                return table.every
        return self.every


class AnalysisChoice(Table):
    """`[analysis]`: what a person may choose about the statistics; docs/statistics.md."""

    false_alarm_rate: Annotated[
        float,
        Field(strict=True, gt=0, le=0.2),
        must("must be a number above 0 and at most 0.2, such as 0.01"),
    ] = 0.01
    """How often a day of an app on which nothing happened may raise an alarm, over all its topics."""
    alarm_days: Whole = 28
    """So many days before the data ends are judged, each against the days before it."""
    star_alarms_per_year: Annotated[
        float,
        Field(strict=True, gt=0, le=12),
        must("must be a number above 0 and at most 12, such as 0.7"),
    ] = 0.7
    """So many false alarms on stars an app and store may raise a year, of falls (and as many of rises)."""
    text_alarms_per_year: Annotated[
        float,
        Field(strict=True, gt=0, le=12),
        must("must be a number above 0 and at most 12, such as 0.7"),
    ] = 0.7
    """So many false alarms on the tone of texts and on topics an app and store may raise a year, together."""
    fix_first_days: Whole = 90
    """What to fix first is worked out from so many last days."""


ROLES = ("viewer", "alpha_reader")
_PEOPLE = listed('["hanako@example.go.jp"]')


def _is_one_person(name: str) -> str:
    if name == "*" or name.startswith("@"):
        raise ValueError(f"holds {name!r}. Remedy: name everybody who may read it one by one")
    return name


FIELDS: tuple[str, ...] = ("app", "store", "day", "stars", "version", "title", "text", "link")
"""What the address of a tracker may hold of a review, in braces; it is filled in percent-encoded."""


def _is_template(url: str) -> str:
    template(url, FIELDS, "review")
    if not re.match(r"https://[a-z0-9.\-]+(:[0-9]+)?[/?]|mailto:[^{?]+@[^{?]+\?", url):
        raise ValueError(
            "must begin with https:// and a host, or with mailto: and an address, without a field in these, "
            "such as https://tracker.example.go.jp/new?title={title}"
        )
    return url


class TrackerTable(Table):
    """`[[dashboard.trackers]]`: where a review can be written down as an issue, as a link."""

    name: Text
    url: Annotated[Text, AfterValidator(_is_template)]
    """With fields of the review in braces (FIELDS)."""


class AccessTable(Table):
    """`[[dashboard.access]]`: which apps the members of a group of the sign-in may see."""

    group: Text
    """As the provider's claim has it, to the letter."""
    apps: Annotated[tuple[Text, ...], listed('["procedures"]')] = ()
    """Keys of apps; "*" for all of them."""
    owners: Annotated[tuple[Text, ...], listed('["Transport"]')] = ()
    """All apps of these owners in apps.toml."""

    @model_validator(mode="after")
    def _shows_something(self) -> AccessTable:
        if not self.apps and not self.owners:
            raise WrongTable('names nothing to see. Remedy: add apps = ["procedures"] or owners')
        return self


class RepliesChoice(Table):
    """`[dashboard.replies]`: whether replies go to the stores from the dashboard, and who may send them."""

    send: Flag = False
    """Without it nobody can, whatever else stands here."""
    groups: Annotated[tuple[Text, ...], listed('["app-support"]')] = ()
    """Groups of the sign-in whose members may, of the apps that they see."""
    local: Flag = False
    """Whether the person at this machine may, where nobody signs in and the dashboard listens on loopback."""

    @model_validator(mode="after")
    def _lets_somebody(self) -> RepliesChoice:
        if self.send and not self.groups and not self.local:
            raise WrongTable('send lets nobody send. Remedy: add groups = ["app-support"], or local = true')
        return self


class DashboardChoice(Table):
    """`[dashboard]`: who may see what; the defaults let nobody see more. docs/dashboard.md."""

    viewers: Annotated[tuple[Text, ...], _PEOPLE] = ()
    """Who of those that sign in may look: addresses, "@example.go.jp" for a domain, "*" for everybody."""
    alpha_readers: Annotated[tuple[Annotated[Text, AfterValidator(_is_one_person)], ...], _PEOPLE] = ()
    """Who may also see what testers said: named one by one."""
    editors: Annotated[tuple[Annotated[Text, AfterValidator(_is_one_person)], ...], _PEOPLE] = ()
    """Who may also correct what the model says of a review: named one by one."""
    local_editor: Flag = False
    """Whether the person at this machine may, where nobody signs in and the dashboard listens on loopback."""
    hand_over: Annotated[tuple[Text, ...], listed('["product"]')] = ()
    """To these channels of alerts.toml editors may hand a review over."""
    trackers: tuple[TrackerTable, ...] = ()
    """Where editors may write a review down as an issue."""
    local_role: Annotated[Text, one_of(ROLES)] = "viewer"
    """What the person at this machine is, where nobody signs in and the dashboard listens on loopback."""
    identity: Text = "email"
    """The claim that names a person; "email" must be verified by the provider."""
    url: Annotated[
        Text, like(r"https?://[^\s?#]*[^\s?#/]", "must be an address such as https://stars.example.go.jp")
    ] = "http://127.0.0.1:8501"
    """Where people find the dashboard: links in Prefect's screen lead there."""
    session_hours: Whole = 12
    """A sign-in is good for so long."""
    timezone: Zone | None = None
    """The team's: by its clock days, weeks and months begin on every page; None: by each browser's."""
    translator: Annotated[tuple[Text, ...], listed('["argos-translate", "--from-lang", "{source}"]')] = ()
    """A program of this machine that translates a review: text in, text out (dashboard/translation.py)."""
    groups_claim: Text = "groups"
    """The claim that names somebody's groups."""
    access: tuple[AccessTable, ...] = ()
    """Which group sees which apps; without any, everybody who may look sees every app."""
    contact: Annotated[str, Field(strict=True)] = ""
    """Whom somebody asks who may see no app."""
    replies: RepliesChoice = RepliesChoice()
    """Replies that are sent to the stores from here."""

    def rules(self, *, login: bool, loopback: bool, answerable: Sequence[tuple[str, str]] = ()) -> str:
        """The choices as the dashboard reads them from HOSHIYOMI_DASHBOARD (dashboard/auth.py).

        `answerable` are the apps, as (store, the store's id), whose key can answer reviews.
        """
        told = self.model_dump(mode="json", exclude={"url", "timezone", "translator", "trackers", "replies"})
        told["trackers"] = [[t.name, t.url] for t in self.trackers]
        if self.replies.send:
            told["answerable"] = [list(pair) for pair in answerable]
            told["reply_groups"], told["local_replier"] = list(self.replies.groups), self.replies.local
        return json.dumps(told | {"login": login, "loopback": loopback})


def _is_network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is no IP address or network") from None
    return value


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone such as Asia/Tokyo") from None
    return name


def _is_encrypted(origin: str) -> str:
    if not is_safe(origin):
        raise ValueError(
            "must begin with https:// (http:// on this machine only): consent and feedback do not travel in "
            "the clear. Remedy: a reverse proxy with TLS, docs/intake.md"
        )
    return origin


Origin = Annotated[
    Text,
    like(
        r"https?://([a-z0-9.\-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?",
        "is no origin. Remedy: scheme and host, perhaps a port, in lower case and with nothing behind, "
        "such as https://feedback.example.jp",
    ),
]


class IntakeChoice(Table):
    """`[intake]`: who asks for feedback, under which address, within which limits; docs/intake.md."""

    operator: Text | None = None
    """Who asks for feedback and answers for it, as the consent text names them."""
    contact: Text | None = None
    """Where testers turn to with a question, as the consent text names it."""
    wording: Annotated[Text, like("[a-z0-9][a-z0-9._-]{0,39}", "is no version such as 2026-11")] = "2026-11"
    """Version of the consent text that is shown."""
    wordings: File | None = None
    """A folder of consent texts of one's own; None is the shipped ones."""
    public_origin: Annotated[Origin, AfterValidator(_is_encrypted)] | None = None
    """The address that testers see, such as https://feedback.example.jp; None means this machine only."""
    cors_origins: Annotated[tuple[Origin, ...], listed('["https://app.example.jp"]')] = ()
    """Web pages of these origins may call /v1; none by default."""
    trusted_proxies: Annotated[
        tuple[Annotated[Text, AfterValidator(_is_network)], ...], listed('["127.0.0.1"]')
    ] = ()
    """Addresses of reverse proxies whose X-Forwarded-For is believed; none by default."""
    token_per_minute: Whole = 20
    address_per_minute: Whole = 300
    """An office or a mobile network shares one address, so this is the wider limit."""
    wrong_codes_per_minute: Whole = 10
    """So many of an address are answered at once; more wait a little longer each time."""
    max_body_bytes: Annotated[int, between(65_536, 1_048_576)] = 131_072
    """A form sends each of 4,000 characters as up to 12 bytes. What is longer, but not endless, should reach
    the form, which can then say so and show the text again."""
    session_minutes: Whole = 120
    timezone: Annotated[Text, AfterValidator(_is_zone)] = "Asia/Tokyo"
    """Zone of the times that the pages show; kept are times in UTC."""

    @property
    def is_https(self) -> bool:
        """Whether testers reach the server through TLS."""
        return (self.public_origin or "").startswith("https://")


class RetentionChoice(Table):
    """`[retention]`: how long what is kept. Every `refresh` enforces it; docs/privacy.md."""

    feedback_days: Whole = 730
    """Testers' feedback is erased so many days after it was sent, as if it had been withdrawn."""
    ledger_days: Whole = 1_095
    """The ledger's entries of a tester who withdrew are removed so many days after the withdrawal."""
    grace_days: Whole = 7
    """What is to go because of its age is marked and announced so many days before it goes."""
    clock_jump_days: Whole = 60
    """A clock so many days after the last run is not believed before somebody confirms it."""
    published_files: Whole = 3
    """So many publications are kept as they are, the current one among them."""
    snapshot_days: Count = 14
    """Of so many days the newest publication is kept, without anything of testers: a snapshot."""
    snapshot_weeks: Count = 52
    """Of so many weeks the newest publication is kept as a snapshot."""
    snapshot_gigabytes: Count = 20
    """Snapshots beyond this sum go, the oldest first."""
    quarantine_days: Whole = 30
    """Layouts of payloads that no parser knew are removed after so many days."""
    backup_days: Whole = 30
    """A backup is removed after so many days: no erasure reaches into it before."""

    @model_validator(mode="after")
    def _goes_in_time(self) -> RetentionChoice:
        for key in ("feedback_days", "ledger_days"):
            if self.grace_days >= getattr(self, key):
                raise WrongTable(f"grace_days must be less than {key}, or nothing could go in time")
        return self


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ReportChoice(Table):
    """`[report]`: the weekly report that is sent by itself; docs/report.md."""

    channels: Annotated[tuple[Text, ...], listed('["minister-mail"]')] = ()
    """Of alerts.toml; without one nothing is sent."""
    weekday: Annotated[Text, one_of(DAYS)] = "mon"
    hour: Annotated[int, between(0, 23)] = 8
    """The first refresh, or pass of `serve`, at or after this hour of that day sends it."""
    timezone: Zone = "UTC"
    languages: Annotated[tuple[Annotated[Text, one_of(("ja", "en"))], ...], listed('["ja"]')] = ()
    """None named: each channel's own."""
    portfolio: Flag = True
    """Whether the report of all apps is sent."""
    apps: Annotated[tuple[Text, ...], listed('["procedures"]')] = ()
    """Keys of apps whose own report is sent, too."""
    quotes: Flag = True
    """Whether public reviews are quoted."""


class PublishChoice(Table):
    """`[publish]`: which other users of this machine may open published files; docs/warehouse.md."""

    group: Text | None = None
    """The group of this machine whose members may read published files; None: the owner alone."""


WORK = ("here", "dask", "ray")
_HOST = r"(\[[0-9a-f:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}"


def _is_shared(place: str) -> str:
    if "://" in place and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.=-]+)*", place):
        raise ValueError(
            "must be a folder or s3://bucket/prefix. Remedy: keys and passwords stand in the environment or "
            "in AWS's own files, never in this one"
        )
    return place


def _is_private(address: str) -> str:
    if not is_safe(address):
        raise ValueError("must begin with https:// (http:// on this machine)")
    return address


class ScaleChoice(LakeKeys):
    """`[scale]`: past one machine; the defaults need nothing but this one. docs/scale.md."""

    work: Annotated[Text, one_of(WORK)] = "here"
    """Where texts are read by the model: in the run's own process, or by the workers of Dask or Ray."""
    work_address: (
        Annotated[
            Text,
            like(
                rf"(tcp|tls|ray)://{_HOST}|auto",
                "is no address such as tcp://10.0.0.5:8786 or ray://10.0.0.5:10001",
            ),
        ]
        | None
    ) = None
    """Of a Dask scheduler or a Ray cluster; None: workers are started on this machine for the run."""
    work_partition: Annotated[int, between(1_000, 1_000_000)] = 200_000
    """So many distinct texts are one task, in whole blocks of 2,048."""
    workers: Annotated[int, between(1, 1_024)] = 2
    """So many workers are started where no address is named; with one, so many partitions are on the way."""
    landing: Annotated[Text, AfterValidator(_is_shared)] | None = None
    """A folder or s3://bucket/prefix through which machines share what they collected; None: nobody does."""
    landing_endpoint: Annotated[Text, AfterValidator(_is_private)] | None = None
    """Of an S3-compatible server that is not AWS's."""
    landing_region: Annotated[Text, like("[a-z0-9-]{1,40}", "is no region such as ap-northeast-1")] | None = (
        None
    )

    @model_validator(mode="after")
    def _fits(self) -> ScaleChoice:
        if self.work == "here" and self.work_address:
            raise WrongTable('names work_address, but work = "here". Remedy: work = "dask" or "ray"')
        fits = {"dask": ("tcp://", "tls://"), "ray": ("ray://", "auto")}.get(self.work, ())
        if self.work_address and not self.work_address.startswith(fits):
            raise WrongTable(f"names an address that is none of {self.work}: {self.work_address}")
        if not (self.landing or "").startswith("s3://") and (self.landing_endpoint or self.landing_region):
            raise WrongTable("names an endpoint or a region, but landing is no s3://bucket/prefix")
        return self


def _have_names(tables: tuple[ScheduleTable, ...]) -> tuple[ScheduleTable, ...]:
    names = [table.name for table in tables]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"names {doubled!r} twice")
    return tables


class Choices(Table):
    """The tables of hoshiyomi.toml that a run takes as they are."""

    collect: CollectChoice = CollectChoice()
    analysis: AnalysisChoice = AnalysisChoice()
    dashboard: DashboardChoice = DashboardChoice()
    intake: IntakeChoice = IntakeChoice()
    retention: RetentionChoice = RetentionChoice()
    publish: PublishChoice = PublishChoice()
    report: ReportChoice = ReportChoice()
    scale: ScaleChoice = ScaleChoice()
    schedule: Annotated[tuple[ScheduleTable, ...], AfterValidator(_have_names)] = ()


class Settings(Choices):
    """hoshiyomi.toml."""

    model: ModelTable = ModelTable()
