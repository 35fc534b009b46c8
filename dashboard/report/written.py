"""A report of a published file, in the forms that are asked for: the door that the command line uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from dashboard import i18n
from dashboard.days import day_of
from dashboard.queries import Once
from dashboard.report import as_html, as_markdown, one_app, portfolio
from dashboard.report.document import Document
from dashboard.report.weeks import Week
from warehouse import reads
from warehouse.local_days import UTC


class UnknownApp(LookupError):
    """No published app has this key; `known` are those that there are."""

    def __init__(self, app: str, known: Sequence[str]) -> None:
        super().__init__(app)
        self.app, self.known = app, tuple(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report in one language."""

    app: str | None
    """None for the portfolio."""
    name: str
    week: Week
    language: str
    title: str
    html: str
    markdown: str
    text: str
    mail: str
    """The first page as the body of a mail: a fragment of HTML."""

    @property
    def file_name(self) -> str:
        """Without its ending; safe for any file system."""
        key = (
            "portfolio"
            if self.app is None
            else "".join(c if c.isalnum() or c in "-_." else "-" for c in self.app)
        )
        return f"{key.strip('.') or 'app'}-{self.week}-{self.language}"


@contextmanager
def opened(path: Path, zone: str = UTC) -> Iterator[Once]:
    """A published file whose questions share one opening, asked by the days of a zone."""
    with reads.connection(path):
        yield Once(path, zone if reads.tells_local_days(path) else UTC)


def of_app(
    published: Once, app: str, week: Week, language: str, *, with_quotes: bool = True, url: str | None = None
) -> Report:
    """The report of an app by its key. Raises UnknownApp. `url` is where people find the dashboard."""
    overview = published.overview()
    rows = [r for r in overview if r.app == app]
    if not rows:
        raise UnknownApp(app, sorted({r.app for r in overview}))
    made = one_app.document(
        i18n.of(language, published.zone), published, rows, week, with_quotes=with_quotes,
        address=_address(url, language, app, week.first, week.last) if url else None,
    )  # fmt: skip
    return _report(made, app, week)


def of_all(
    published: Once, week: Week, language: str, *, apps: Sequence[str] = (), url: str | None = None
) -> Report:
    """The report of every app, or of those in `apps` (keys)."""
    address = f"{url.rstrip('/')}/?{urlencode({'lang': language})}" if url else None
    made = portfolio.document(i18n.of(language, published.zone), published, week, apps=apps, address=address)
    return _report(made, None, week)


def _report(made: Document, app: str | None, week: Week) -> Report:
    return Report(
        app=app, name=made.name, week=week, language=made.language, title=f"{made.name} · {made.kicker}",
        html=as_html.page(made), markdown=as_markdown.markdown(made), text=as_markdown.text(made),
        mail=as_html.mail(made),
    )  # fmt: skip


def _address(url: str, language: str, app: str, first: date, last: date) -> str:
    said = [("app", app), ("span", "custom"), ("days", str(first)), ("days", str(last)), ("lang", language)]
    return f"{url.rstrip('/')}/rating?{urlencode(said)}"


def last_day(published: Once, app: str | None) -> date | None:
    """The last day of which anything is known of an app, or of any."""
    if app is not None:
        days = published.known_days(app)
        return days[1] if days else None
    days_of_all = [day_of(r.as_of, published.zone) for r in published.overview() if r.as_of is not None]
    return max(days_of_all, default=None)
