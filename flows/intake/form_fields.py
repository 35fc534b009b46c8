"""What stands in a form, and what is wrong with it, as the ids of fields and phrases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from flows.intake.commands import PURPOSES, Agreement
from flows.intake.problems import Problem
from flows.intake.schemas import LONGEST_NAME, LONGEST_TEXT, check_content_type

_MOST_FIELDS = 30
NAMES = ("version", "screen", "device")
Errors = dict[str, str]
"""From a field's id to a phrase."""


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; of a name that comes twice the last. Raises Problem."""
    check_content_type(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS,
            encoding="utf-8", errors="strict",
        )  # fmt: skip
    except ValueError:
        raise Problem("invalid_fields") from None
    return dict(pairs)


def agreement_of(form: Mapping[str, str], wording: str, language: str) -> Agreement:
    """The boxes that were ticked; a box that is missing was not."""
    ticked = {purpose: form.get(purpose) == "yes" for purpose in PURPOSES}
    return Agreement(wording=wording, language=language, **ticked)


@dataclass(frozen=True, slots=True)
class Typed:
    """A feedback as it was typed, to be shown again when something is wrong."""

    rating: str = ""
    text: str = ""
    version: str = ""
    screen: str = ""
    device: str = ""

    @property
    def stars(self) -> int | None:
        """The stars chosen; None when none were."""
        return int(self.rating) if self.rating in ("1", "2", "3", "4", "5") else None

    def errors(self) -> Errors:
        """What is wrong, in the order of the form."""
        found: Errors = {}
        if self.rating and self.stars is None:
            found["rating"] = "error.rating"
        if len(self.text) > LONGEST_TEXT:
            found["text"] = "error.text_too_long"
        elif not self.text.strip() and self.stars is None:
            found["text"] = "error.nothing_said"
        for name in NAMES:
            if len(getattr(self, name)) > LONGEST_NAME:
                found[name] = "error.name_too_long"
        return found


def typed_of(form: Mapping[str, str]) -> Typed:
    """The fields of the feedback form. Browsers send line ends as CR LF; one line end is one character."""
    text = form.get("text", "").replace("\r\n", "\n")
    return Typed(form.get("rating", ""), text, *(form.get(n, "").strip() for n in NAMES))
