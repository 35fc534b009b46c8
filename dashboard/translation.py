"""A review in the reader's language, made by a program of this machine that the operator names.

Hoshiyomi carries no translator: the free ones fetch their models from elsewhere. Any program will do that
reads a text from standard input and writes its translation to standard output, for instance `argos-translate`
or `translateLocally` with models that were brought in by hand (docs/dashboard.md). A text is handed over
only when a reader asks for it, on standard input and never as an argument, which other users could read.
Nothing is kept, and no figure is made of it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LANGUAGE = re.compile("[a-z]{2,3}")
_TIMEOUT_S = 30.0
_LONGEST = 4_096
"""So many letters of a text are translated; 99.9 % of store reviews are shorter."""
_GROWS = 8
"""What is so many times as long as the text is no translation of it."""


class NotTranslated(Exception):
    """The translator is not there, failed, took too long or said nothing."""


@dataclass(frozen=True, slots=True)
class Translator:
    """A program with its arguments, in which {source} and {target} stand for languages (ISO 639-1)."""

    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """What its translations are marked with."""
        return Path(self.command[0]).name

    def translate(self, text: str, *, source: str, target: str) -> str:
        """`text` in the language `target`; white space around it and control characters go.

        Raises NotTranslated, whose message holds nothing of the text.
        """
        if not (_LANGUAGE.fullmatch(source) and _LANGUAGE.fullmatch(target)):
            raise NotTranslated(f"{self.name} is asked for two languages such as ja and en")
        given = text[:_LONGEST]
        words = [w.replace("{source}", source).replace("{target}", target) for w in self.command]
        try:
            done = subprocess.run(  # noqa: S603 - the operator's program; no shell, no words of the text
                words,
                input=given.encode(errors="replace"),
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError:
            raise NotTranslated(f"{self.name} is not installed") from None
        except subprocess.TimeoutExpired:
            raise NotTranslated(f"{self.name} took longer than {_TIMEOUT_S:.0f} seconds") from None
        except OSError as error:
            raise NotTranslated(f"{self.name}: {error.strerror}") from None
        if done.returncode:
            raise NotTranslated(f"{self.name} ended with code {done.returncode}")
        said = "".join(
            c for c in done.stdout.decode("utf-8", "replace") if c.isprintable() or c == "\n"
        ).strip()
        if not said:
            raise NotTranslated(f"{self.name} said nothing")
        return said[: _GROWS * len(given) + 200]


def translator(command: Sequence[str]) -> Translator | None:
    """What the rules name; None where they name nothing."""
    return Translator(tuple(command)) if command else None


def is_wanted(language: str | None, reads: str) -> bool:
    """Whether a text is in a language known to be another than the one that its reader reads."""
    return bool(language) and str(language).split("-")[0] != reads
