"""The alpha cohort: sixty people who opted in, saw the redesign early and said what they thought.

Two waves before the redesign. Some agreed to be tested with but not to be analysed, some not to be
quoted; each entry carries what its writer had agreed to. Their ledger has two wordings: the first wave read
the first, was shown the second when it came, and some changed their mind with it. Three more people opted in
and took it back before they had said anything.

What they sent is told as JSON and read from it, through the gate like every other feedback.

Feedback, `hoshiyomi-feedback/1`:

```
{"format": "hoshiyomi-feedback/1", "app": "<app key>", "items": [
  {"id": "...", "tester": "<pseudonym>", "cohort": "...", "language": "ja", "app_version": "2.0.0-beta.1",
   "screen": "home", "rating": 4, "text": "...", "submitted_at": "<ISO 8601 with offset>",
   "consent": {"version": "...", "analyse": true, "quote": false}}]}
```

`language`, `app_version`, `screen`, `rating` and `text` may be null. Consent may not: feedback without it
is an error, never a default.

Entries of the consent ledger, `hoshiyomi-consent/1`:

```
{"format": "hoshiyomi-consent/1", "app": "<app key>", "entries": [
  {"tester": "<pseudonym>", "cohort": "...", "event": "given", "wording": "...", "language": "ja",
   "purposes": {"improve": true, "analyse": true, "quote": false, "contact": false},
   "at": "<ISO 8601 with offset>"}]}
```

`event` is given, changed or withdrawn. Nothing may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flows.redaction.gate import is_harmless, passed, passed_field
from flows.sources.payload import ShapeError, count_at, lookup, text_at, text_or_none
from flows.sources.sample_store.story import SEED, Dice, Edition
from flows.sources.sample_store.texts import Decks, groups, stars_of
from warehouse.records import Consent, Feedback

TESTERS = 60
_WITHDREW = (60, 61, 62)
_WORDINGS = ("1-sample", "2-sample")
# The story day on which the second wording was shown.
_REWORDED = 346
# (cohort, first story day, last story day, testers from, to)
_WAVES = (("alpha-1", 318, 378, 0, 36), ("alpha-2", 348, 394, 36, TESTERS))
_BUILDS = ((318, "2.0.0-alpha.1"), (332, "2.0.0-alpha.2"), (350, "2.0.0-alpha.3"), (372, "2.0.0-beta.1"))
_SCREENS = ("home", "card", "form", "login")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One entry of the ledger."""

    tester: str
    cohort: str
    language: str
    day: float
    event: str
    wording: str
    improve: bool = True
    analyse: bool
    quote: bool
    contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of feedback."""

    key: str
    tester: str
    cohort: str
    language: str
    day: float
    build: str
    screen: str
    stars: int | None
    text: str
    wording: str
    may_analyse: bool
    may_quote: bool


def agreements(language: str, last_day: int) -> list[Agreement]:
    """What testers of one language had agreed to or taken back by the end of a story day, by time."""
    told = [
        agreement
        for cohort, first, _last, low, high in _WAVES
        for tester in (*range(low, high), *(_WITHDREW if cohort == "alpha-2" else ()))
        if _language(tester) == language
        for agreement in _agreements(tester, cohort, first)
    ]
    return sorted((a for a in told if a.day < last_day + 1), key=lambda a: (a.day, a.tester))


def _agreements(tester: int, cohort: str, first: int) -> list[Agreement]:
    consent = Dice(SEED, "consent", tester)
    analyse = consent.chance(0.87)
    quote = analyse and consent.chance(0.7)
    dice = Dice(SEED, "ledger", tester)
    # Before the wave begins, so that nobody says anything first.
    given = Agreement(
        tester=_pseudonym(tester), cohort=cohort, language=_language(tester), day=first - 2 * dice.share(),
        event="given", wording=_WORDINGS[first >= _REWORDED], analyse=analyse, quote=quote,
        contact=dice.chance(0.3),
    )  # fmt: skip
    told = [given]
    if given.wording == _WORDINGS[0]:
        # A quarter of those who may be quoted think better of it, some of the others say yes.
        quote = not dice.chance(0.25) if quote else analyse and dice.chance(0.3)
        day = _REWORDED + dice.share()
        told.append(replace(given, day=day, event="changed", wording=_WORDINGS[1], quote=quote))
    if tester in _WITHDREW:
        day = given.day + 3 + dice.share()
        nothing = replace(given, improve=False, analyse=False, quote=False, contact=False)
        told.append(replace(nothing, day=day, event="withdrawn"))
    return told


def entries(language: str, last_day: int) -> Iterator[Entry]:
    """What testers of one language had sent by the end of a story day, in the order of time."""
    decks = Decks("feedback", language)
    planned = sorted(
        (when, tester, cohort)
        for cohort, first, last, low, high in _WAVES
        for tester in range(low, high)
        if _language(tester) == language
        for when in _moments(tester, first, last)
    )
    for when, tester, cohort in planned:
        if when >= last_day + 1:
            return
        yield _entry(decks, when, tester, cohort, language)


def _language(tester: int) -> str:
    return "en" if tester % 5 == 4 else "ja"


def _moments(tester: int, first: int, last: int) -> list[float]:
    dice = Dice(SEED, "tester", tester)
    return [first + (last - first) * dice.share() for _ in range(dice.between(3, 7))]


def _entry(decks: Decks, when: float, tester: int, cohort: str, language: str) -> Entry:
    dice = Dice(SEED, "feedback", tester, f"{when:.6f}")
    build = next(name for day, name in reversed(_BUILDS) if when >= day)
    late = build in ("2.0.0-alpha.3", "2.0.0-beta.1")
    good = dice.chance(0.72 if late else 0.38)
    screen = dice.pick(_SCREENS)
    fit = [
        g
        for g in groups(f"feedback_{language}")
        if g.fields[0] == ("late" if late else "early") and (g.fields[2] == "4-5") == good
    ]
    group = next((g for g in fit if g.fields[1] == screen), None) or dice.pick(fit)
    ((_, first, *_),) = (wave for wave in _WAVES if wave[0] == cohort)
    agreed = [a for a in _agreements(tester, cohort, first) if a.day <= when][-1]
    return Entry(
        key=f"{dice.word():016x}",
        tester=_pseudonym(tester),
        cohort=cohort,
        language=language,
        day=when,
        build=build,
        screen=group.fields[1],
        stars=dice.pick(list(stars_of(group.fields[2]))) if dice.chance(0.85) else None,
        text=decks.deal(group),
        wording=agreed.wording,
        may_analyse=agreed.analyse,
        may_quote=agreed.quote,
    )


def _pseudonym(tester: int) -> str:
    return f"tester-{tester + 1:02d}"


def ledger(edition: Edition, app: str, batch: list[Agreement]) -> str:
    """What the consent form would send: see `flows.sources.sample_store.testers` for the shape."""
    told = [
        {
            "tester": a.tester,
            "cohort": a.cohort,
            "event": a.event,
            "wording": a.wording,
            "language": a.language,
            "purposes": {
                "improve": a.improve, "analyse": a.analyse, "quote": a.quote, "contact": a.contact,
            },
            "at": edition.moment(a.day).isoformat(),
        }
        for a in batch
    ]  # fmt: skip
    return json.dumps(
        {"format": CONSENT_FORMAT, "app": app, "entries": told}, ensure_ascii=False, separators=(",", ":")
    )


def payload(edition: Edition, app: str, batch: list[Entry]) -> str:
    """What the feedback form would send: see `flows.sources.sample_store.testers` for the shape."""
    items = [
        {
            "id": f"{edition.name}-{e.key}",
            "tester": e.tester,
            "cohort": e.cohort,
            "language": e.language,
            "app_version": e.build,
            "screen": e.screen,
            "rating": e.stars,
            "text": e.text,
            "submitted_at": edition.moment(e.day).isoformat(),
            "consent": {"version": e.wording, "analyse": e.may_analyse, "quote": e.may_quote},
        }
        for e in batch
    ]
    return json.dumps(
        {"format": FORMAT, "app": app, "items": items}, ensure_ascii=False, separators=(",", ":")
    )


FORMAT = "hoshiyomi-feedback/1"
CONSENT_FORMAT = "hoshiyomi-consent/1"


def parse_feedback(body: str, *, seen_at: datetime, source: str, is_sample: bool = False) -> list[Feedback]:
    """The entries of one payload, through the gate. Raises ShapeError naming the field."""
    app, items = _document(body, "feedback", FORMAT, "items")
    return [_feedback(item, app, seen_at, source, is_sample) for item in items]


def parse_consents(body: str, *, source: str, is_sample: bool = False) -> list[Consent]:
    """The ledger entries of one payload. Raises ShapeError naming the field."""
    app, entries = _document(body, "consents", CONSENT_FORMAT, "entries")
    return [_consent(entry, app, source, is_sample) for entry in entries]


def _document(body: str, what: str, form: str, name: str) -> tuple[str, list[object]]:
    """The app of a payload and its list."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ShapeError(what, "is not JSON") from error
    if lookup(document, ["format"]) != form:
        raise ShapeError("format", f"is not {form}")
    items = lookup(document, [name])
    if not isinstance(items, list):
        raise ShapeError(name, "is not a list")
    return _key(document, ["app"], "app"), items


def _consent(entry: object, app: str, source: str, is_sample: bool) -> Consent:
    event = lookup(entry, ["event"])
    if event not in ("given", "changed", "withdrawn"):
        raise ShapeError("event", "is none of given, changed, withdrawn")
    return Consent(
        tester=_key(entry, ["tester"], "tester"),
        app=app,
        cohort=_key(entry, ["cohort"], "cohort"),
        event=event,
        wording=_key(entry, ["wording"], "wording"),
        language=passed_field(text_or_none(entry, ["language"], "language")),
        may_improve=_ticked(entry, "purposes", "improve"),
        may_analyse=_ticked(entry, "purposes", "analyse"),
        may_quote=_ticked(entry, "purposes", "quote"),
        may_contact=_ticked(entry, "purposes", "contact"),
        at=_time(entry, "at"),
        source=source,
        is_sample=is_sample,
    )


def _feedback(item: object, app: str, seen_at: datetime, source: str, is_sample: bool) -> Feedback:
    text, redactions = passed(text_or_none(item, ["text"], "text"))
    return Feedback(
        feedback_id=_key(item, ["id"], "id"),
        app=app,
        cohort=_key(item, ["cohort"], "cohort"),
        tester=_key(item, ["tester"], "tester"),
        source=source,
        rating=_stars(item),
        text=text,
        submitted_at=_time(item, "submitted_at"),
        seen_at=seen_at,
        language=passed_field(text_or_none(item, ["language"], "language")),
        version=passed_field(text_or_none(item, ["app_version"], "app_version")),
        screen=passed_field(text_or_none(item, ["screen"], "screen")),
        consent_version=_key(item, ["consent", "version"], "consent.version"),
        may_analyse=_ticked(item, "consent", "analyse"),
        may_quote=_ticked(item, "consent", "quote"),
        redactions=redactions,
        is_sample=is_sample,
    )


def _key(item: object, path: Sequence[str], name: str) -> str:
    """A name that records are told apart by. What the gate would change is refused, not changed: one mark
    in the place of many keys would make many testers one."""
    key = text_at(item, path, name)
    if not is_harmless(key):
        raise ShapeError(name, "looks like a personal number or an address; use a pseudonym")
    return key


def _stars(item: object) -> int | None:
    if lookup(item, ["rating"]) is None:
        return None
    rating = count_at(item, ["rating"], "rating")
    if not 1 <= rating <= 5:
        raise ShapeError("rating", "stars lie outside 1..5")
    return rating


def _ticked(item: object, group: str, to: str) -> bool:
    value = lookup(item, [group, to])
    if not isinstance(value, bool):
        raise ShapeError(f"{group}.{to}", "is neither true nor false")
    return value


def _time(item: object, name: str) -> datetime:
    label = text_at(item, [name], name)
    try:
        moment = datetime.fromisoformat(label)
    except ValueError:
        # The error's own words quote the value, which may be anything.
        raise ShapeError(name, "is no ISO 8601 time") from None
    if moment.tzinfo is None:
        raise ShapeError(name, "has no offset")
    return moment.astimezone(UTC)
