"""A report as Markdown for a chat, and as plain text: the first page, then the details, without tables and
pictures, which chats do not show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from dashboard.report.document import Document, Figure, Group, Said, Table
from dashboard.sanitize import plain

# What Markdown of Slack, Teams or Mattermost reads as a sign.
_SIGNS = re.compile(r"([\\`*_\[\]<>~|#])")
_JOINER = "\u2060"
Write = Callable[[str], str]


def escaped(text: str) -> str:
    """One line of `text` that no chat reads as markup, as a mention or as a link."""
    line = " ".join(plain(text).split())
    # A word joiner keeps "@here" from calling everybody, and an address from becoming a link.
    return _SIGNS.sub(r"\\\1", line).replace("@", f"@{_JOINER}").replace("://", f":{_JOINER}//")


def markdown(document: Document) -> str:
    """The report as Markdown."""
    return "\n".join(_lines(document, escaped, strong="**", item="- ", quoted="> ")) + "\n"


def text(document: Document) -> str:
    """The first page as plain text, for a mail that shows no HTML."""
    lines = _lines(document, lambda s: " ".join(plain(s).split()), strong="", item="- ", quoted="  ")
    return "\n".join(lines) + "\n"


def _lines(d: Document, write: Write, *, strong: str, item: str, quoted: str) -> Iterator[str]:
    tags = " · ".join(write(words) for words, _ in d.tags)
    yield f"{strong}{write(d.name)}{strong} · {write(d.kicker)}" + (f" · {tags}" if tags else "")
    yield ""
    for s in d.sentences:
        yield item + _said(s, write)
    for f in d.figures:
        more = [write(w) for w in (f.moved, f.note) if w]
        yield f"{item}{write(f.name)}: {strong}{write(f.value)}{strong}" + (
            f" ({' · '.join(more)})" if more else ""
        )
    for title, cards in ((d.cards_title, d.cards),):
        if cards:
            yield from ("", f"{strong}{write(title)}{strong}")
            for c in cards:
                name = f"{strong}{write(c.name)}{strong}: " if c.name else ""
                yield item + name + _said(Said(words=c.words, whose=c.whose), write)
    if d.quotes_note:
        yield from ("", f"{strong}{write(d.quotes_title)}{strong}")
        for q in d.quotes:
            stars = "★" * (q.rating or 0)
            yield quoted + write(q.words)
            yield quoted + " · ".join(w for w in (stars, write(q.about), *map(write, q.facts)) if w)
            yield ""
        yield write(d.quotes_note)
    yield from ("", f"{strong}{write(d.unseen_title)}{strong}")
    for line in d.unseen:
        yield item + write(line)
    for section in d.sections:
        yield from ("", f"{strong}{write(section.title)}{strong}")
        for block in section.blocks:
            if isinstance(block, Table):
                yield from (_row(block, row, write, item) for row in block.rows)
            elif isinstance(block, Group):
                if block.whose:
                    yield f"→ {strong}{write(block.whose)}{strong}"
                yield from (item + write(words) for words in block.sentences)
            elif isinstance(block, Figure):
                yield item + write(block.title)
            else:
                yield item + _said(block, write)
    yield from ("", " · ".join(write(b) for b in d.basis))
    if d.link:
        yield f"{write(d.link[0])}: {d.link[1]}"


def _said(s: Said, write: Write) -> str:
    return f"{write(s.words)} → {write(s.whose)}" if s.whose else write(s.words)


def _row(table: Table, row: Sequence[str], write: Write, item: str) -> str:
    told = [f"{write(h)} {write(c)}" for h, c in zip(table.heads[1:], row[1:], strict=True)]
    return f"{item}{write(row[0])}: {' · '.join(told)}"
