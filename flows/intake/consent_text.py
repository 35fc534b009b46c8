"""The consent texts: versioned files in Japanese and English, and a copy of every one that was shown.

A file is plain Markdown of `#`, `##`, paragraphs and `- ` lists; a section whose heading begins with
`[improve]`, `[analyse]`, `[quote]` or `[contact]` is one purpose with its own box to tick. `{operator}`,
`{contact}`, `{app}` and what `[retention]` says, `{feedback_days}` and `{ledger_days}`, are filled in.

A version names one text for ever: what is shown first is copied into `<data>/alpha/wordings`, and a server
that would show other words under the same version does not start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.config.settings import IntakeChoice, RetentionChoice
from flows.errors import ConfigError
from flows.intake.commands import PURPOSES
from flows.intake.invitations import alpha_folder
from warehouse.private import make_folder, write_atomically

LANGUAGES = ("ja", "en")
SHIPPED = Path(__file__).parent / "wording"
_PURPOSE = re.compile(r"\[([a-z]+)\]\s*(.+)")
_FIELD = re.compile(r"\{([a-z_]+)\}")
_TO_FILL = {
    "ja": {"operator": "(実施者の名前が設定されていません)", "contact": "(問い合わせ先が設定されていません)"},
    "en": {"operator": "(the operator's name is not set)", "contact": "(the contact is not set)"},
}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a list when it has items."""

    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it; `purpose` is the box that belongs to it."""

    heading: str
    blocks: tuple[Block, ...]
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """One consent text in one language."""

    version: str
    language: str
    title: str
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]
    text: str
    """The whole as Markdown."""

    @property
    def purposes(self) -> dict[str, Section]:
        """The sections with a box, by purpose."""
        return {s.purpose: s for s in self.sections if s.purpose}

    def of(self, app: str) -> Wording:
        """With the app's name filled in."""
        return parse(self.text.replace("{app}", app), self.version, self.language, "wording")


def load_wordings(choice: IntakeChoice, retention: RetentionChoice | None = None) -> dict[str, Wording]:
    """The present wording in every language. Raises ConfigError naming the file and what is wrong."""
    kept = retention or RetentionChoice()
    found = {}
    for language in LANGUAGES:
        path = (choice.wordings or SHIPPED) / f"{choice.wording}.{language}.md"
        try:
            raw = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ConfigError(
                f"{path} is missing. Remedy: a consent text in each of {', '.join(LANGUAGES)}; [intake] "
                "wording names its version."
            ) from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path} is not UTF-8.") from None
        given = {"operator": choice.operator, "contact": choice.contact}
        values = {k: v or _TO_FILL[language][k] for k, v in given.items()}
        values |= {"feedback_days": f"{kept.feedback_days:,}", "ledger_days": f"{kept.ledger_days:,}"}
        filled = _filled(raw, values, path)
        found[language] = parse(filled, choice.wording, language, path.name)
    return found


def parse(text: str, version: str, language: str, where: str) -> Wording:
    """The parts of a consent text. Raises ConfigError when a purpose is missing, unknown or doubled."""
    title = ""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        if line.startswith("## "):
            parts.append((line[3:].strip(), []))
        elif line.startswith("# "):
            title = line[2:].strip()
        else:
            parts[-1][1].append(line)
    sections = []
    for heading, lines in parts[1:]:
        box = _PURPOSE.fullmatch(heading)
        purpose, label = (box[1], box[2]) if box else (None, heading)
        sections.append(Section(label, tuple(_blocks(lines)), purpose))
    asked = sorted(s.purpose for s in sections if s.purpose)
    if not title or asked != sorted(PURPOSES):
        wanted = ", ".join(f"[{p}]" for p in PURPOSES)
        raise ConfigError(f"{where}: a title and each of the sections {wanted} must be there once.")
    return Wording(version, language, title, tuple(_blocks(parts[0][1])), tuple(sections), text)


def keep(wordings: Mapping[str, Wording], data: Path) -> dict[tuple[str, str], Wording]:
    """Keep a copy of what is shown; gives all that was ever shown, by version and language.

    Raises ConfigError when the version was shown with other words before.
    """
    folder = alpha_folder(data) / "wordings"
    make_folder(folder)
    for wording in wordings.values():
        path = folder / f"{wording.version}.{wording.language}.md"
        if not path.exists():
            write_atomically(path, wording.text.encode())
        elif path.read_text(encoding="utf-8") != wording.text:
            raise ConfigError(
                f"The consent text {wording.version} ({wording.language}) was shown with other words before; "
                f"they are kept in {path}. Remedy: give the changed text, name or number of days a new "
                "version in [intake] wording. Testers are then asked again."
            )
    shown = {}
    for path in folder.glob("*.*.md"):
        version, language = path.name.removesuffix(".md").rsplit(".", 1)
        text = path.read_text(encoding="utf-8")
        shown[version, language] = parse(text, version, language, path.name)
    return shown


def _filled(text: str, values: Mapping[str, str], path: Path) -> str:
    unknown = set(_FIELD.findall(text)) - {*values, "app"}
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in (*values, "app"))
        raise ConfigError(f"{path}: {{{min(unknown)}}} is unknown; known are {known}.")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Paragraphs are parted by empty lines; lines that begin with `- ` make a list."""
    items: list[str] = []
    words: list[str] = []
    for line in [*lines, ""]:
        is_item = line.startswith("- ")
        if items and not is_item:
            yield Block(items=tuple(items))
            items = []
        if words and (is_item or not line.strip()):
            yield Block(" ".join(words))
            words = []
        if is_item:
            items.append(line[2:].strip())
        elif line.strip():
            words.append(line.strip())
