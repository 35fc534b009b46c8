"""replies.toml: what the team answers to reviews, as templates; people send them in the store's console."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from flows.config.tables import (
    Table,
    Text,
    WrongTable,
    like,
    listed,
    must,
    nearest,
    read_toml,
    template,
    validated,
)  # fmt: skip
from flows.errors import ConfigError

FILE = "replies.toml"
FIELDS: tuple[str, ...] = ("app", "store", "version")
"""What a template may hold in braces."""
LONGEST = 5_970
"""The App Store takes a reply of so many characters; Google Play takes 350."""
_MOST = 60_000


def _is_template(text: str) -> str:
    return template(text, FIELDS, "reply")


class ReplyTable(Table):
    """`[[reply]]`: one template."""

    name: Text
    """What people choose it by; never sent."""
    text: Annotated[
        Text,
        Field(max_length=LONGEST),
        must(f"has at most {LONGEST} characters"),
        AfterValidator(_is_template),
    ]
    """With fields in braces (FIELDS)."""
    language: Annotated[Text, like("[a-z]{2,3}", "is no language such as ja")] | None = None
    """Offered to reviews in this language, and to those of which it is not known; None: to all."""
    topics: Annotated[tuple[Text, ...], listed('["login"]')] = ()
    """Offered to reviews that speak of one of these (keys of topics.toml); none named is all."""


class Replies(Table):
    """replies.toml, in the order of the file."""

    reply: tuple[ReplyTable, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Replies:
        names = [r.name for r in self.reply]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise WrongTable(f"the reply {twice!r} is given twice")
        if sum(len(r.text) for r in self.reply) > _MOST:
            raise WrongTable(f"all replies together have at most {_MOST:,} characters")
        return self

    def told(self) -> str:
        """The templates as HOSHIYOMI_REPLIES tells `dashboard.components.replying` of them."""
        return json.dumps([r.model_dump(mode="json") for r in self.reply], ensure_ascii=False)


def read_replies(folder: Path, topics: Collection[str]) -> Replies:
    """The replies.toml of a configuration folder; without one there are no templates.

    Raises ConfigError, also for a topic that is none of `topics`: nobody would ever be offered its reply.
    """
    path = folder / FILE
    found = validated(Replies, read_toml(path), path) if path.is_file() else Replies()
    for number, reply in enumerate(found.reply, start=1):
        for topic in reply.topics:
            if topic not in topics:
                near = nearest(topic, sorted(topics))
                raise ConfigError(
                    f"{FILE}, reply {number}: topics names {topic!r}, no key of topics.toml{near}"
                )
    return found
