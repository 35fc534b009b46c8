"""Who is looking, and what they may see.

`hoshiyomi dashboard` writes the rules into HOSHIYOMI_DASHBOARD (flows/config/settings.py). Without them
everything here decides for less: nobody is an alpha reader. Where they cannot be read, nobody sees anything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

import streamlit as st

from warehouse.visible import Visible

Role = Literal["viewer", "alpha_reader"]
# Seconds that the provider's clock and ours may lie apart.
_CLOCKS_DIFFER = 120
# Rules that are lists of pairs of texts.
_PAIRS = ("trackers", "answerable")
EVERY_APP = "*"


class UnreadableRules(Exception):
    """HOSHIYOMI_DASHBOARD says something that is no set of rules: nobody is let in by half of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the members of one group may see: apps by key ("*" for all) and all apps of some owners."""

    group: str
    apps: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator allows; the defaults allow a local viewer and nothing else."""

    login: bool = False
    loopback: bool = False
    viewers: tuple[str, ...] = ()
    alpha_readers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    local_editor: bool = False
    hand_over: tuple[str, ...] = ()
    trackers: tuple[tuple[str, str], ...] = ()
    local_role: str = "viewer"
    identity: str = "email"
    session_hours: int = 12
    groups_claim: str = "groups"
    access: tuple[Grant, ...] = ()
    """Which apps which group may see; none at all means that everybody let in sees every app."""
    contact: str = ""
    """Whom to ask for more."""
    answerable: tuple[tuple[str, str], ...] = ()
    """Apps, as (store, the store's id), whose reviews can be answered from here; none unless the operator
    turned that on."""
    reply_groups: tuple[str, ...] = ()
    """Groups whose members may answer."""
    local_replier: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is looking. `role` is None for somebody who may see nothing (yet)."""

    role: Role | None
    name: str | None = None
    """How the provider names them; None where nobody signs in, or not yet."""
    is_lawless: bool = False
    """The rules are there and cannot be read, so nobody may see anything."""
    identity: tuple[str, str] | None = None
    """How a provider tells them from everybody else (issuer, subject), where they may see something; it is
    neither shown nor stored."""
    is_editor: bool = False
    """Whether they may correct what the model says of a review, and hand it over, beside what their role lets
    them see."""
    channels: tuple[str, ...] = ()
    """To which channels of alerts they may hand a review over; none for who is no editor."""
    trackers: tuple[tuple[str, str], ...] = ()
    """Where they may write a review down as an issue: name and address with fields in braces."""
    is_in_no_group: bool = False
    """They are let in, and no group of theirs may see an app."""
    limit: Visible | None = None
    """Which apps they may see; None is all of them."""
    contact: str = ""
    """Whom to ask for more."""
    answerable: frozenset[tuple[str, str]] = frozenset()
    """Of which apps, as (store, the store's id), they may send replies to the store."""

    @property
    def visible(self) -> Visible | None:
        """Which apps may be shown to them; None is all of them, and nobody without a role sees one."""
        return self.limit if self.role is not None else Visible()

    @property
    def may_read_alpha(self) -> bool:
        """Whether what testers said may be shown to them."""
        return self.role == "alpha_reader"


def visitor() -> Visitor:
    """Who looks at this page now."""
    try:
        rules = rules_of(os.environ.get("HOSHIYOMI_DASHBOARD"))
    except UnreadableRules:
        return Visitor(None, is_lawless=True)
    claims = dict(st.user)
    # Streamlit gives `is_logged_in` wherever sign-in is configured, even where our rules are missing.
    if not rules.login and "is_logged_in" not in claims:
        return local(rules)
    return signed_in(claims, rules, datetime.now(UTC)) if claims.get("is_logged_in") else Visitor(None)


def rules_of(told: str | None) -> Rules:
    """The rules as HOSHIYOMI_DASHBOARD holds them; the defaults, which allow the least, without it.

    Raises UnreadableRules for what is no JSON object, names an unknown rule or gives one another type.
    """
    if not told:
        return Rules()
    try:
        said = json.loads(told)
    except ValueError as error:
        raise UnreadableRules("HOSHIYOMI_DASHBOARD is no JSON.") from error
    if not isinstance(said, dict):
        raise UnreadableRules("HOSHIYOMI_DASHBOARD is no JSON object.")
    rules: dict[str, Any] = {
        f.name: _grants(said[f.name]) if f.name == "access" else _rule(f.name, said[f.name], f.default)
        for f in fields(Rules)
        if f.name in said
    }
    if unknown := set(said) - set(rules):
        raise UnreadableRules(f"HOSHIYOMI_DASHBOARD holds unknown rules: {', '.join(sorted(unknown))}.")
    return Rules(**rules)


def _grants(said: object) -> tuple[Grant, ...]:
    """`access`: a group each, with texts and nothing else."""
    if not isinstance(said, list):
        raise UnreadableRules("HOSHIYOMI_DASHBOARD gives access a value of another type.")
    return tuple(_grant(entry) for entry in said)


def _grant(entry: object) -> Grant:
    known = {f.name for f in fields(Grant)}
    if not isinstance(entry, dict) or "group" not in entry or set(entry) - known:
        raise UnreadableRules("HOSHIYOMI_DASHBOARD has an access that is no group with apps and owners.")
    lists = {k: _rule(k, v, ()) for k, v in entry.items() if k != "group"}
    return Grant(group=_rule("group", entry["group"], ""), **lists)


def _rule(name: str, value: object, default: object) -> Any:
    """A rule's value, of the type that its default has."""
    if isinstance(default, tuple):
        if name in _PAIRS:
            if isinstance(value, list) and all(_is_pair(v) for v in value):
                return tuple((first, second) for first, second in value)
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
    # True is a number to Python, and no number of hours.
    elif type(value) is type(default):
        return value
    raise UnreadableRules(f"HOSHIYOMI_DASHBOARD gives {name} a value of another type.")


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value)


def local(rules: Rules) -> Visitor:
    """The person at this machine, or whoever reaches a dashboard without sign-in: never more than a viewer
    where other machines reach it."""
    if rules.access:
        # Nobody is in a group where nobody signs in; `hoshiyomi dashboard` does not start like that.
        return Visitor(None, is_lawless=True)
    role: Role = "alpha_reader" if rules.loopback and rules.local_role == "alpha_reader" else "viewer"
    known = Visitor(role, is_editor=rules.loopback and rules.local_editor)
    return _with_ways(known, rules, may_reply=rules.loopback and rules.local_replier)


def signed_in(claims: Mapping[str, Any], rules: Rules, now: datetime) -> Visitor:
    """Somebody whom the provider names, by the rules."""
    name = str(claims.get(rules.identity) or "").strip()
    shown = name or str(claims.get("name") or "?")
    if not name or not _is_fresh(claims, rules, now):
        return Visitor(None, shown)
    # An address that the provider did not verify is what somebody typed into a form.
    if rules.identity == "email" and claims.get("email_verified") is not True:
        return Visitor(None, shown)
    is_editor = _is_among(name, rules.editors, one_by_one=True)
    role: Role
    if _is_among(name, rules.alpha_readers, one_by_one=True):
        role = "alpha_reader"
    elif is_editor or _is_among(name, rules.viewers, one_by_one=False):
        role = "viewer"
    else:
        return Visitor(None, shown)
    known = Visitor(role, shown, identity=_identity(claims), is_editor=is_editor)
    member_of = groups(claims, rules.groups_claim)
    may_reply = not member_of.isdisjoint(rules.reply_groups)
    if not rules.access:
        return _with_ways(known, rules, may_reply=may_reply)
    granted = [g for g in rules.access if g.group in member_of]
    if not granted:
        return Visitor(None, shown, is_in_no_group=True, contact=rules.contact)
    known = replace(known, limit=limit(granted), contact=rules.contact)
    return _with_ways(known, rules, may_reply=may_reply)


def _identity(claims: Mapping[str, Any]) -> tuple[str, str] | None:
    issuer, subject = claims.get("iss"), claims.get("sub")
    return (issuer, subject) if isinstance(issuer, str) and isinstance(subject, str) and subject else None


def _with_ways(visitor: Visitor, rules: Rules, *, may_reply: bool) -> Visitor:
    """With the ways on which an editor may hand a review over, and the apps whose reviews may be answered."""
    if may_reply:
        visitor = replace(visitor, answerable=frozenset(rules.answerable))
    if not visitor.is_editor:
        return visitor
    return replace(visitor, channels=rules.hand_over, trackers=rules.trackers)


def groups(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The groups that the provider says somebody is in: a list of texts, or one text, taken to the letter.

    What is neither is no group: a provider that sends a link in their place sends none.
    """
    said = claims.get(claim)
    if isinstance(said, str):
        return frozenset({said})
    return frozenset(g for g in said if isinstance(g, str)) if isinstance(said, list | tuple) else frozenset()


def limit(granted: Sequence[Grant]) -> Visible | None:
    """What several groups may see together; None where one of them may see every app."""
    apps = {a for g in granted for a in g.apps}
    if EVERY_APP in apps:
        return None
    return Visible(apps=tuple(sorted(apps)), owners=tuple(sorted({o for g in granted for o in g.owners})))


def _is_fresh(claims: Mapping[str, Any], rules: Rules, now: datetime) -> bool:
    """Streamlit keeps a sign-in for thirty days and does not look at its age."""
    issued = claims.get("iat")
    if not isinstance(issued, int | float):
        return False
    age = now.timestamp() - issued
    return -_CLOCKS_DIFFER <= age <= rules.session_hours * 3600 + _CLOCKS_DIFFER


def _is_among(name: str, listed: tuple[str, ...], *, one_by_one: bool) -> bool:
    folded = name.casefold()
    if any(entry.casefold() == folded for entry in listed if entry != "*"):
        return True
    if one_by_one:
        return False
    domain = folded[folded.rfind("@") :] if "@" in folded else ""
    return "*" in listed or (bool(domain) and any(entry.casefold() == domain for entry in listed))
