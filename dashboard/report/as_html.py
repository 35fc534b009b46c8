"""A report as one page of HTML: styles and pictures inside, no script, no address that a browser asks."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup

from dashboard import i18n
from dashboard.components.html import piece
from dashboard.report.document import Document

TEMPLATE = "report/report.html"


def page(document: Document) -> str:
    """The whole page. Every text of the document is made plain and escaped by the template."""
    made = piece(TEMPLATE, "page", i18n.of(document.language), document, _style())
    return str(made).strip() + "\n"


def mail(document: Document) -> str:
    """The first page without chart and style, as the body of a mail."""
    return str(piece(TEMPLATE, "mail", i18n.of(document.language), document)).strip() + "\n"


@cache
def _style() -> Markup:
    return Markup((i18n.ROOM / "report" / "report.css").read_text("utf-8"))  # noqa: S704 - a file of ours
