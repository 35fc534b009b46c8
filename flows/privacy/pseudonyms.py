"""Pseudonyms of people whom another channel names by an address or an id of its own.

A keyed hash (HMAC-SHA-256, RFC 2104) with a sub-key of `<data>/alpha/key`: nobody without the key can try
addresses against it; a person has one pseudonym in all files of one data folder, another one in every other.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from flows.intake.invitations import Keys

_USE = "respondent"


def pseudonym(keys: Keys, person: str) -> str:
    """The pseudonym of an address or a respondent's id: `p-` and 24 hexadecimal digits (96 bits).

    Width and blanks around make no difference, nor does case in an address, because they are typed by hand.
    """
    plain = unicodedata.normalize("NFKC", person).strip()
    if "@" in plain:
        plain = plain.casefold()
    return f"p-{hmac.digest(keys.secret(_USE), plain.encode(), hashlib.sha256).hex()[:24]}"
