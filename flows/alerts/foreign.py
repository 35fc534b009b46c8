"""What people and stores wrote, made harmless before it goes into a message: words, and nothing else.

A review may hold a link, a mention of everybody in a channel, markup, or signs that turn a line around. Chats
read these each in their own way, and some know no escape, so what could be read as markup is put by signs
that look alike and mean nothing.
"""

from __future__ import annotations

import re
import unicodedata

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.\-]*://|www\.)\S+|\b[\w.\-]+\.(?:com|net|org|info|ru|io|me|ly|gl|co)\b/?\S*", re.I
)
_UNSEEN = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_MARKUP = str.maketrans({
    "<": "‹", ">": "›", "&": "＆", "@": "＠", "#": "＃", "*": "∗", "_": "＿", "`": "ʼ", "~": "∼", "|": "｜",
    "[": "［", "]": "］", "\\": "＼", "{": "｛", "}": "｝", "$": "＄",
})  # fmt: skip
_CONTROL = ("Cc", "Cs", "Co", "Cn")
_MARKS = 4


def tamed(text: str, longest: int, link: str = "") -> str:
    """One line of at most `longest` characters without anything that a mail program or a chat would act on.

    Addresses become `link`.
    """
    text = _ADDRESS.sub(link, text)
    text = _UNSEEN.sub(
        "", "".join(c if unicodedata.category(c) not in _CONTROL or c in "\n\t" else " " for c in text)
    )
    line = " ".join(_levelled(text).split()).translate(_MARKUP)
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _levelled(text: str) -> str:
    """Without towers of accents."""
    kept, marks = [], 0
    for c in text:
        marks = marks + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            kept.append(c)
    return "".join(kept)
