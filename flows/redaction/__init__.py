"""The typed marks that stand where something personal was, and where each finding lies.

The way of a text: `gate` asks `prefilter`, then `spans`, which reads the text as `folded_text` and `readings`
give it and searches it for `addresses`, `numbers`, `phones`, `labelled` numbers and numbers `told` in words.
"""

from __future__ import annotations

Span = tuple[int, int, str]
"""Start, end (after the last character) and mark."""

MY_NUMBER = "[MY_NUMBER]"
CORPORATE_NUMBER = "[CORPORATE_NUMBER]"
CARD_NUMBER = "[CARD_NUMBER]"
ACCOUNT_NUMBER = "[ACCOUNT_NUMBER]"
NUMBER = "[NUMBER]"
PHONE = "[PHONE]"
EMAIL = "[EMAIL]"
ADDRESS = "[ADDRESS]"
URL_WITH_TOKEN = "[URL_WITH_TOKEN]"  # noqa: S105 - a mark, not a secret
# Where findings overlap, the first of these names the whole.
MARKS = (
    URL_WITH_TOKEN, EMAIL, CARD_NUMBER, CORPORATE_NUMBER, ACCOUNT_NUMBER, MY_NUMBER, PHONE, ADDRESS, NUMBER,
)  # fmt: skip
