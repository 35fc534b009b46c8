"""Reports of every kind of data read right in both languages, ask nobody, and escape what strangers wrote."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dashboard import i18n
from dashboard.queries import Once, Published, Scope
from dashboard.report import as_markdown, written
from dashboard.report.weeks import last_whole, parsed, week_of
from dashboard.rows.analysis import StarAlarm
from dashboard.sanitize import plain
from dashboard.views.rating import findings
from tests.builders import review
from tests.dashboard import published
from tests.dashboard.published import HOSTILE_TEXTS, NOW, UNQUOTED
from tests.dashboard.report.conftest import WEEK, Made
from warehouse import reads

# One language each where little is drawn; the rich ones in both.
WORLDS = [
    ("full", "ja"), ("analysed", "en"), ("analysed", "ja"), ("hostile", "en"), ("marked", "ja"),
    ("displayed", "en"), ("never", "ja"), ("unclassified", "en"), ("foreign", "ja"), ("unknown", "en"),
    ("half", "ja"), ("old", "en"),
]  # fmt: skip
SIDES = ("src", "href", "srcset", "data", "action", "poster", "background", "xlink:href")


class Page(HTMLParser):
    """Every element of a page, its words, and whatever a browser would ask for."""

    VOID = ("meta", "link", "img", "br", "hr", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.asks: list[str] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self.open: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in SIDES and not (tag == "a" and name == "href"):
                self.asks.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.handlers.append(name)
            if name == "style":
                self.styles.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        (self.styles if self.open[-1:] == ["style"] else self.words).append(data)

    @property
    def text(self) -> str:
        return flat("".join(self.words))


def flat(words: str) -> str:
    """Words with plain spaces between them."""
    return " ".join(words.split())


@pytest.mark.parametrize(("world", "language"), WORLDS)
def test_a_report_is_whole_and_asks_nobody(report: Made, world: str, language: str) -> None:
    made = report(world, language)
    page = Page(made.html)
    assert page.open == []
    assert page.asks == []
    assert page.handlers == []
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not [s for s in page.styles if "url(" in s or "@import" in s or "expression" in s]
    assert f'lang="{language}"' in made.html
    for said in (page.text, made.markdown, made.text):
        assert "None" not in said
        assert "nan" not in said.casefold().split()
    t = i18n.of(language)
    assert t("report.unseen") in page.text
    assert page.text.count("→") <= 40


@pytest.mark.parametrize(("world", "language"), [("many", "en"), ("empty", "ja"), ("unknown", "ja")])
def test_a_report_of_all_apps_is_whole(report: Made, world: str, language: str) -> None:
    made = report(world, language, app=None)
    page = Page(made.html)
    assert page.open == [] and page.asks == []
    assert "None" not in page.text
    assert i18n.of(language)("report.unseen") in page.text


def test_what_strangers_wrote_is_text(report: Made) -> None:
    # In each week of the hostile world lies another part of the attacks; every version is markup, too.
    for week in (parsed("2026-W46"), WEEK):
        made = report("hostile", "en", week=week)
        page = Page(made.html)
        assert not {"script", "iframe", "b0", "img", "style"} & set(page.tags[page.tags.index("body") :])
        assert "<b>" not in re.sub(r"<dd><b>", "", made.html)
        assert "\u202e" not in made.html + made.markdown
        chat = made.markdown
        assert "](javascript" not in chat and "<script" not in chat.replace("\\<script", "")
        assert "://" not in chat.replace(":\u2060//", "")
        assert not re.search(r"@(?!\u2060)", chat)
    quoted = [plain(text)[:40] for text in HOSTILE_TEXTS]
    assert any(
        q[:20] in unescape(report("hostile", "en", week=week).html)
        for week in (parsed("2026-W46"), WEEK)
        for q in quoted
    )


def test_markdown_of_a_chat_is_escaped() -> None:
    said = as_markdown.escaped("**x** <!channel> @here [a](https://x) `y` > z\n- w\u202e")
    assert said == "\\*\\*x\\*\\* \\<!channel\\> @\u2060here \\[a\\](https:\u2060//x) \\`y\\` \\> z - w"


def test_testers_words_are_never_quoted(report: Made, worlds: Callable[[str], Path]) -> None:
    for world in ("analysed", "hostile", "marked"):
        for language in ("en",) if world != "analysed" else ("en", "ja"):
            made = report(world, language)
            assert UNQUOTED not in made.html + made.markdown + made.text
            assert "テスターだけの秘密の言葉" not in made.html + made.markdown


def test_quotes_are_public_reviews_of_the_week(report: Made, worlds: Callable[[str], Path]) -> None:
    made = report("full", "ja")
    with reads.connection(reads.current(worlds("full"))) as con:
        rows = con.execute(
            "select text from reviews where reviewed_at >= ? and reviewed_at < ?",
            [WEEK.first, WEEK.before(-1).first],
        ).fetchall()
    texts = {" ".join(plain(r[0]).split()) for r in rows}
    quoted = re.findall(r'<p class="words"[^>]*><bdi>(.*?)</bdi>', made.html)
    assert len(quoted) == 3
    assert {unescape(q) for q in quoted} <= texts


def test_quotes_can_be_left_out(report: Made) -> None:
    with_words, without = report("full", "ja"), report("full", "ja", quotes=False)
    quoted = re.findall(r'<p class="words"[^>]*><bdi>(.*?)</bdi>', with_words.html)
    t = i18n.of("ja")
    assert quoted
    for words in quoted:
        assert words not in without.html and words not in without.markdown
    assert without.html.count(t("report.quote_left_out")) == len(quoted)
    assert t("report.quotes_left_out") in without.html


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_week_is_compared_by_the_dashboards_sentence(
    report: Made, worlds: Callable[[str], Path], language: str
) -> None:
    t, published = i18n.of(language), Published(reads.current(worlds("analysed")))
    scope = Scope(app="procedures", first=WEEK.first, last=WEEK.last)
    before = WEEK.before()
    spans = t.days(before.first, before.last), t.days(WEEK.first, WEEK.last)
    rows = published.span(scope.before()), published.span(scope)
    # What the page "Before and after" of the Rating page says, without the app's name.
    said = findings.compared(t, "X", spans, *rows).split("X", 1)[1].lstrip(":： ")
    page = Page(report("analysed", language).html).text
    assert flat(said[1:]) in page


def test_alarms_and_verdicts_are_told_as_the_dashboard_tells_them(
    report: Made, worlds: Callable[[str], Path]
) -> None:
    from dashboard.components import alarms
    from dashboard.views.releases import verdicts

    t, published = i18n.of("en"), Published(reads.current(worlds("analysed")))
    scope = Scope(app="procedures", first=NOW.date().replace(year=2020), last=NOW.date())
    raised = published.star_alarms(scope)
    clear = [
        r
        for r in published.release_verdicts(scope)
        if r.measure == "mean_stars" and r.verdict in ("better", "worse")
    ]
    assert raised and clear
    names = published.topic_names("en")
    alarm = raised[0]
    page = Page(report("analysed", "en", week=week_of(alarm.raised_on)).html).text
    assert flat(alarms.sentence(t, alarm, names)) in page
    release = clear[0]
    page = Page(report("analysed", "en", week=week_of(release.released_at.date())).html).text
    assert flat(verdicts.sentence(t, release, with_store=True)) in page


def test_no_sentence_of_the_dashboard_stands_a_second_time_in_the_reports_words() -> None:
    for language in i18n.LANGUAGES:
        *pages, own = (dict(_words(path)) for path in i18n.files(language))
        others = {v for words in pages for v in words.values() if len(v) > 12}
        assert not others & set(own.values())


def _words(path: Path) -> list[tuple[str, str]]:
    import tomllib

    return list(i18n._flat(tomllib.loads(path.read_text("utf-8"))))


def test_one_review_is_no_mean_and_no_share(report: Made) -> None:
    # The world's five rated reviews of the week are fewer than a comparison takes.
    made = report("marked", "ja", week=week_of(NOW.date()).before())
    t, page = i18n.of("ja"), Page(made.html).text
    assert t("verdict.too_few") in page
    assert t("report.stars_few", n=7, small=10) in page or "星付きレビューは" in page
    assert "100%" not in page.split(t("report.unseen"))[0]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_week_without_data_says_so(report: Made, language: str) -> None:
    week = parsed("2026-W52")
    made, t = report("marked", language, week=week), i18n.of(language)
    page = Page(made.html).text
    assert "n = 0" in page.replace("\u00a0", " ")
    assert t("report.data_ends", store=t.store("google_play"), day=t.day(NOW.replace(day=23))) in page
    assert t("report.quotes_none") in page
    assert t("report.quiet") in page


def test_an_app_that_was_never_collected_has_no_chart_and_says_why(report: Made) -> None:
    made, t = report("never", "ja"), i18n.of("ja")
    page = Page(made.html)
    assert "svg" not in page.tags
    assert t("report.no_chart", n=13) in page.text
    assert t("reason.shape_changed") in page.text


def test_the_displayed_score_and_the_mean_of_reviews_stand_apart(report: Made) -> None:
    made, t = report("full", "ja"), i18n.of("ja")
    keys = re.findall(r'<div class="key ([ab]?)"><dt>(.*?)</dt>', made.html)
    assert {name for series, name in keys if series == "a"} == {t("overview.displayed")}
    assert {name for series, name in keys if series == "b"} == {t("series.B")}
    captions = re.findall(r"<caption>(.*?)</caption>", made.html)
    assert captions[:2] == [t("report.numbers_displayed"), t("report.numbers_reviewed")]


def test_sample_data_is_called_sample_data(report: Made) -> None:
    for language in ("en", "ja"):
        assert i18n.of(language)("sample.label") in report("analysed", language).html.split("<h1>")[1][:400]


def test_clear_falls_come_first_and_three_at_most_are_needed(
    report: Made, worlds: Callable[[str], Path]
) -> None:
    from dashboard.report import portfolio

    with written.opened(reads.current(worlds("many"))) as once:
        t = i18n.of("en")
        rows = once.week_apps(WEEK.first, WEEK.last)
        stands = portfolio.in_order([portfolio.stand(t, once, r, WEEK) for r in rows])
    order = [{"down": 0, "up": 1, "flat": 2, "unknown": 3}[s.change.direction] for s in stands]
    assert order == sorted(order)
    assert len(stands) == 30
    assert report("many", "en", app=None).html.count('class="card"') <= 3


def test_whose_it_is_comes_from_the_app_and_from_the_topic() -> None:
    from datetime import date

    from dashboard.report import happenings

    t = i18n.of("en")
    alarm = {
        "store": "google_play", "raised_on": WEEK.first, "began_on": WEEK.first, "began_low_on": WEEK.first,
        "began_high_on": WEEK.first, "confirmed_on": None, "ended_on": None, "withdrawn_on": None,
        "why": None,
        "value_before": 0.1, "value_after": 0.4, "change": 0.3, "low": 0.1, "high": 0.5, "n_before": 90,
        "n_after": 40, "kind": "worse",
    }  # fmt: skip
    of_topic = StarAlarm(**alarm, measure="share_complaints", topic="login")
    of_stars = StarAlarm(**alarm, measure="share_one_star", topic="all")
    owners = happenings.Owners(app="Ministry", topics={"login": "identity"}, names={"login": "Sign-in"})
    found = happenings.in_order(happenings.of_alarms(t, WEEK, [of_topic, of_stars], owners.names))
    assert [h.said(t, owners).whose for h in found] == ["For Ministry", "For identity"]
    nobody = happenings.Owners(app=None, topics={}, names={})
    assert found[0].said(t, nobody).whose == t("report.nobody")
    # What was taken back, or is over, asks for nobody.
    over = StarAlarm(**{**alarm, "withdrawn_on": date(2026, 11, 30)}, measure="share_one_star", topic="all")
    assert not happenings.of_alarms(t, WEEK, [over], {})[0].asks


def test_weeks_are_those_of_the_calendar() -> None:
    assert str(parsed("2026-w1")) == "2026-W01"
    assert parsed("2020-W53").last.isoformat() == "2021-01-03"
    assert str(last_whole(parsed("2021-W01").first)) == "2020-W53"
    for wrong in ("2026-W54", "2026-40", "W40", "2021-W53", "2026-W00"):
        with pytest.raises(ValueError):
            parsed(wrong)


def test_every_question_is_asked_once(worlds: Callable[[str], Path]) -> None:
    once = Once(reads.current(worlds("marked")))
    assert once.overview() == once.overview()
    assert len(once.answers) == 1


def test_a_week_is_one_by_the_clock_of_its_zone(tmp_path: Path) -> None:
    # Sunday 15:20 to 18:05 UTC: in Tokyo the first hours of the week, elsewhere the end of the one before.
    sunday = datetime(2026, 11, 15, 15, 20, tzinfo=UTC)
    at = [sunday + timedelta(minutes=15 * n) for n in range(12)]
    rows = [review(f"r{n}", rating=n % 5 + 1, reviewed_at=m, seen_at=NOW) for n, m in enumerate(at)]
    ended = published.coverage("b0", finished_at=NOW, covered_until=NOW)
    path = published.publish(tmp_path, published.World(reviews=rows, coverage=[ended]))
    found = {}
    for zone in ("Asia/Tokyo", "UTC", "America/St_Johns"):
        with written.opened(path, zone) as once:
            (row,) = once.week_apps(WEEK.first, WEEK.last)
            found[zone] = row.n, row.n_before
            made = written.of_app(once, row.app, WEEK, "ja")
            assert i18n.of("ja", zone).whose_days().rstrip("。") in made.text
            assert written.last_day(once, row.app) == written.last_day(once, None)
    assert found == {"Asia/Tokyo": (12, 0), "UTC": (0, 12), "America/St_Johns": (0, 12)}
