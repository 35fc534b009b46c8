"""What a channel reads: an incident in one language, as plain text, Markdown and HTML. Pure.

A message says what is so now: each finding with its numbers, interval and n, how completely it was collected,
three typical reviews and a link that opens the view. What follows in a thread bears the subject of its first
message, so that mail gathers it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from flows.alerts.channels import Message, Tone
from flows.alerts.foreign import tamed
from flows.alerts.incidents import News
from flows.alerts.signals import Signal
from flows.alerts.words import Words

if TYPE_CHECKING:
    from flows.alerts.published import Known, Quote

_NAME, _QUOTE, _DETAIL = 60, 140, 400
_SHOWN = 5
"""So many findings of an incident are told; the view has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known besides the signals themselves."""

    known: Mapping[tuple[str, str], Known] = field(default_factory=dict)
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    quotes: Callable[[Signal], Sequence[Quote]] = lambda _signal: ()
    view: Callable[[Signal, str], str] = lambda _signal, _language: ""


@dataclass(frozen=True, slots=True)
class Section:
    """An incident in words; `link` is the address of its view."""

    title: str
    step: str
    said: str
    lines: tuple[str, ...]
    coverage: tuple[str, ...]
    quotes: tuple[str, ...]
    link: str


def section(t: Words, news: News, facts: Facts) -> Section:
    """An incident in words."""
    first = news.signals[0]
    is_over = all(s.state != "open" for s in news.signals)
    said = "" if news.step == "raised" else t(f"said.{news.step}")
    if news.step == "raised" and is_over:
        said = t("said.over_already")
    quotes = [] if news.step == "withdrawn" else _quoted(t, news, facts)
    return Section(
        title=title(t, first, facts), step=t(f"step.{news.step}"), said=said,
        lines=(*(line for s in news.signals[:_SHOWN] for line in _lines(t, s, facts)), *_more(t, news)),
        coverage=tuple(_coverage(t, news.signals, facts)), quotes=tuple(quotes),
        link=facts.view(first, t.language),
    )  # fmt: skip


def _more(t: Words, news: News) -> Iterator[str]:
    if len(news.signals) > _SHOWN:
        yield t("line.more", n=len(news.signals) - _SHOWN)


def alert(t: Words, news: News, facts: Facts, *, id_: str, channel: str, subject: str | None) -> Message:
    """One incident. `subject` is what its thread is called in this channel; None for its first message."""
    s = section(t, news, facts)
    called = subject or s.title
    return Message(
        title=s.title if news.step == "raised" else f"[{s.step}] {called}",
        subject=s.title if subject is None else f"Re: {subject}",
        text="\n".join([*_text(t, s), "", t("link.why", channel=channel)]),
        markdown="\n".join([*_markdown(t, s), "", t("link.why", channel=channel)]),
        html=_page([*_html(t, s), f"<p><small>{escape(t('link.why', channel=channel))}</small></p>"], t),
        tone=_tone(news), id=id_, thread=news.incident,
    )  # fmt: skip


def digest(t: Words, many: Sequence[News], facts: Facts, *, id_: str, channel: str) -> Message:
    """Several incidents in one message."""
    parts = [section(t, news, facts) for news in many]
    why = t("link.why", channel=channel)
    text, markdown, html = list[str](), list[str](), list[str]()
    for s in parts:
        text += [f"■ [{s.step}] {s.title}", *_text(t, s), ""]
        markdown += [f"**[{s.step}] {s.title}**", "", *_markdown(t, s), ""]
        html += [f"<h3>[{escape(s.step)}] {escape(s.title)}</h3>", *_html(t, s)]
    return Message(
        title=t("title.digest", n=len(parts)), text="\n".join([*text, why]),
        markdown="\n".join([*markdown, why]), html=_page([*html, f"<p><small>{escape(why)}</small></p>"], t),
        tone="failure" if any(_tone(n) == "failure" for n in many) else "info", id=id_,
    )  # fmt: skip


def trial(t: Words, *, id_: str, channel: str, zone: str) -> Message:
    """What `hoshiyomi alerts test` sends."""
    said = t("said.test", zone=zone)
    why = t("link.why", channel=channel)
    return Message(
        title=t("title.test"), text=f"{said}\n\n{why}", markdown=f"{said}\n\n{why}",
        html=_page([f"<p>{escape(said)}</p>", f"<p><small>{escape(why)}</small></p>"], t), id=id_,
    )  # fmt: skip


def id_of(*parts: object) -> str:
    """The id of a message that says this: the same whenever it is made again."""
    return f"m{hashlib.sha256('|'.join(map(str, parts)).encode()).hexdigest()[:19]}"


def title(t: Words, signal: Signal, facts: Facts) -> str:
    """What an incident is called, after its strongest finding."""
    numbers = signal.numbers
    # Of all reviews no topic is named.
    of_all = "_all" * (signal.kind == "topic_burst" and signal.topic is None)
    return t(
        f"title.{signal.kind}_{signal.direction}{of_all}", app=_app(signal, facts),
        topic=_topic(t, signal, facts), version=tamed(signal.version or "", _NAME),
        level=t.number(numbers.get("level"), "0.0#"),
        source=str(numbers.get("source", "")),
    )  # fmt: skip


def _tone(news: News) -> Tone:
    if news.step in ("ended", "withdrawn"):
        return "info"
    first = news.signals[0]
    return "success" if first.direction == "better" else "warning" if first.direction == "more" else "failure"


def _app(signal: Signal, facts: Facts) -> str:
    known = facts.known.get((signal.app or "", signal.store or ""))
    names = [k.name for (app, _), k in facts.known.items() if app == signal.app]
    return tamed(known.name if known else names[0] if names else signal.app or "", _NAME)


def _topic(t: Words, signal: Signal, facts: Facts) -> str:
    return facts.topics.get(signal.topic or "", {}).get(t.language) or signal.topic or ""


def _store(t: Words, store: str | None) -> str:
    return t.named("stores", store) if store else t("word.all_stores")


def _lines(t: Words, signal: Signal, facts: Facts) -> Iterator[str]:
    """A finding: its numbers, whether it is confirmed, what became of it."""
    n = signal.numbers
    say = _burst if n.get("measure") == "count" else _LINES.get(signal.kind, _trouble)
    words = [say(t, signal, facts)]
    if "began_low" in n:
        words.append(
            t("line.began", day=t.day(n["began"]), first=t.day(n["began_low"]), last=t.day(n["began_high"]))
        )
        if signal.state == "open":
            words.append(t("line.confirmed" if signal.is_confirmed else "line.not_confirmed"))
    if signal.state != "open":
        kind = "withdrawn" if signal.state == "withdrawn" else "over"
        words.append(t(f"line.{kind}", day=t.day(signal.over), why=t.named("why", signal.why or "went_back")))
    yield ("" if t.language == "ja" else " ").join(words)
    if signal.kind not in _LINES and signal.state == "open" and n.get("remedy"):
        yield t("line.remedy", remedy=tamed(str(n["remedy"]), _DETAIL))


def _change(t: Words, signal: Signal, facts: Facts) -> str:
    n = signal.numbers
    is_stars = n["measure"] == "mean_stars"

    def level(value: float) -> str:
        return t.number(value, "0.00") if is_stars else t.share(value)

    def moved(value: float) -> str:
        return t.number(value, "0.00", sign=True) if is_stars else t.number(100 * value, "0", sign=True)

    change = moved(n["change"])
    return t(
        "line.change", store=_store(t, signal.store),
        measure=t(f"measure.{n['measure']}", topic=_topic(t, signal, facts)),
        before=level(n["value_before"]), after=level(n["value_after"]),
        change=change if is_stars else t("word.points", value=change), low=moved(n["low"]),
        high=moved(n["high"]), n_before=int(n["n_before"]), n_after=int(n["n_after"]),
    )  # fmt: skip


def _burst(t: Words, signal: Signal, facts: Facts) -> str:
    n = signal.numbers
    return t(
        "line.burst" if signal.topic else "line.burst_all", store=_store(t, signal.store),
        topic=_topic(t, signal, facts), day=t.day(n["peak"]), observed=int(n["observed"]),
        expected=t.number(n["expected"], "#,##0.#"), low=t.number(n["low"], "#,##0"),
        high=t.number(n["high"], "#,##0"), n=int(n["n"]), since=t.day(signal.raised),
    )  # fmt: skip


def _watch(t: Words, signal: Signal, _facts: Facts) -> str:
    n = signal.numbers
    return t(
        "line.watch", store=_store(t, signal.store), version=tamed(signal.version or "", _NAME),
        day=t.day(n["released"]), change=t.number(n.get("change"), "0.00", sign=True),
        low=t.number(n.get("low"), "0.00", sign=True), high=t.number(n.get("high"), "0.00", sign=True),
        n_before=int(n["n_before"]), n_after=int(n["n_after"]), n_version=int(n["n_version"]),
        basis=t.named("basis", n.get("rests_on", "date")),
    )  # fmt: skip


def _score(t: Words, signal: Signal, _facts: Facts) -> str:
    n = signal.numbers
    return t(
        "line.score", store=_store(t, signal.store), before=t.number(n["value_before"], "0.0#"),
        before_day=t.day(n["before_day"]), after=t.number(n["value_after"], "0.0#"), day=t.day(signal.raised),
        level=t.number(n["level"], "0.0#"), low=t.number(n["low"], "0.0##"),
        high=t.number(n["high"], "0.0##"),
        n=int(n["n_after"]) if n.get("n_after") is not None else None,
    )  # fmt: skip


def _missing(t: Words, signal: Signal, _facts: Facts) -> str:
    n = signal.numbers
    return t(
        "line.coverage", store=_store(t, signal.store), source=str(n["source"]),
        asked=t.named("asked", n["asked_for"]), outcome=t.named("coverage", n["outcome"]),
        reason=t.named("reason", n["reason"]), n=int(n["got"]), day=t.day(n.get("covered_until")),
    )  # fmt: skip


def _trouble(t: Words, signal: Signal, _facts: Facts) -> str:
    return t("line.trouble", what=tamed(str(signal.numbers.get("what", "")), _DETAIL))


_LINES: Mapping[str, Callable[[Words, Signal, Facts], str]] = {
    "star_alarm": _change, "text_alarm": _change, "topic_burst": _change, "release_watch": _watch,
    "displayed_score": _score, "coverage_lost": _missing,
}  # fmt: skip


def _coverage(t: Words, signals: Sequence[Signal], facts: Facts) -> Iterator[str]:
    """How completely what the findings rest on was collected, a line a store."""
    for app, store in dict.fromkeys((s.app, s.store) for s in signals if s.app and s.store):
        known = facts.known.get((app or "", store or ""))
        if known is None or known.as_of is None:
            yield t("coverage.unknown", store=_store(t, store))
            continue
        reason = t.named("reason", known.reason) if known.reason else ""
        apart = f"（{reason}）" if t.language == "ja" else f" ({reason})"
        said = t.named("coverage", known.outcome or "failed")
        told = t("coverage.known", store=_store(t, store), day=t.day(known.as_of.date()), outcome=said,
                 reason=apart if reason else "")  # fmt: skip
        yield told + ((" " * (t.language == "en") + t("coverage.of_sample")) if known.is_sample else "")


def _quoted(t: Words, news: News, facts: Facts) -> list[str]:
    """Three typical reviews of the first finding that has some."""
    for signal in news.signals:
        if found := facts.quotes(signal):
            return [_quote(t, quote) for quote in found]
    return []


def _quote(t: Words, quote: Quote) -> str:
    stars = t("quotes.stars", n=quote.stars) if quote.stars else t("quotes.none")
    text = tamed(quote.text, _QUOTE, t("quotes.link_gone"))
    return t("quotes.quote", text=text, stars=stars, day=t.day(quote.day))


def _text(t: Words, s: Section) -> Iterator[str]:
    if s.said:
        yield s.said
    yield from (f"- {line}" for line in s.lines)
    yield from s.coverage
    if s.quotes:
        yield t("quotes.title")
        yield from (f"- {quote}" for quote in s.quotes)
    if s.link:
        yield t("link.open", url=s.link)


def _markdown(t: Words, s: Section) -> Iterator[str]:
    """Of Markdown only what every chat reads alike: lists, and an address as it is."""
    if s.said:
        yield from (s.said, "")
    yield from (f"- {line}" for line in s.lines)
    yield ""
    yield from s.coverage
    if s.quotes:
        yield from ("", t("quotes.title"))
        yield from (f"> {quote}" for quote in s.quotes)
    if s.link:
        yield from ("", t("link.open", url=s.link))


def _html(t: Words, s: Section) -> Iterator[str]:
    if s.said:
        yield f"<p><strong>{escape(s.said)}</strong></p>"
    yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in s.lines)}</ul>"
    yield from (f"<p>{escape(line)}</p>" for line in s.coverage)
    if s.quotes:
        yield f"<p>{escape(t('quotes.title'))}</p>"
        yield "".join(f"<blockquote>{escape(q)}</blockquote>" for q in s.quotes)
    if s.link:
        yield f'<p><a href="{escape(s.link)}">{escape(t("link.words"))}</a></p>'


def _page(parts: Sequence[str], t: Words) -> str:
    return f'<div lang="{t.language}">{"".join(parts)}</div>'
