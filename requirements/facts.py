"""What the installed packages say of themselves: versions, licences, who asks for whom."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUNTIME = Path(__file__).parent / "runtime.txt"
PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
# In their words or classifiers, to SPDX; BSD alone names no variant, so those stand below by name.
_SAID = {
    "apache 2.0": "Apache-2.0", "apache 2.0 license": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0", "mit license": "MIT", "3-clause bsd license": "BSD-3-Clause",
    "isc license": "ISC", "isc license (iscl)": "ISC", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}  # fmt: skip
# What a package's metadata leaves open, read from the licence text that it carries.
_READ = {
    "altair": "BSD-3-Clause", "colorama": "BSD-3-Clause", "cronsim": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause", "jinja2": "BSD-3-Clause", "jinja2-humanize-extension": "BSD-3-Clause",
    "prompt-toolkit": "BSD-3-Clause",
    "pyasn1-modules": "BSD-2-Clause", "scipy": "BSD-3-Clause", "defusedxml": "PSF-2.0",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later", "text-unidecode": "Artistic-1.0 OR GPL-2.0-or-later",
    # only for some versions of Python, so perhaps not installed here
    "async-timeout": "Apache-2.0", "whenever": "MIT", "pendulum": "MIT", "tzdata": "Apache-2.0",
}  # fmt: skip
_SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)*")
_SHORT = ("MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "MPL-2.0")


class LicenceUnknown(Exception):
    """A package says too little; it goes into `_READ` by hand, after its licence text was read."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One pinned package."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    asked_by: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)


def runtime() -> list[Pin]:
    """Everything that the program needs to run, by name. Raises LicenceUnknown."""
    pins = {name: Pin(name, version, licence(name), hashes) for name, version, hashes in locked(RUNTIME)}
    for asking in ("hoshiyomi", *pins):
        for asked in _asks(asking):
            if asked in pins and asked != asking:
                pins[asked].asked_by.append(asking)
                if asking in pins:
                    pins[asking].asks.append(asked)
    return [pins[name] for name in sorted(pins)]


def locked(path: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, version and sha256 sums of each pin of a file."""
    for block in re.split(r"\n(?=[a-z0-9])", path.read_text("utf-8").strip()):
        requirement = Requirement(block.splitlines()[0].rstrip("\\ "))
        (pinned,) = requirement.specifier
        hashes = tuple(re.findall(r"sha256:([0-9a-f]{64})", block))
        yield canonicalize_name(requirement.name), pinned.version, hashes


def licence(name: str) -> str:
    """The licence of a package in SPDX. Raises LicenceUnknown."""
    if name in _READ:
        return _READ[name]
    found = _installed(name)
    if found is None:
        raise LicenceUnknown(f"{name} is not installed: add its licence to _READ in requirements/facts.py.")
    said = found.metadata.get("License-Expression") or ""
    if _SPDX.fullmatch(said):
        return said
    classifiers = [
        c.rsplit(" :: ", 1)[-1] for c in found.metadata.get_all("Classifier") or [] if "License ::" in c
    ]
    for words in (found.metadata.get("License") or "", *(classifiers if len(classifiers) == 1 else [])):
        if words in _SHORT or re.fullmatch(r"[A-Za-z0-9.-]+ (OR|AND) [A-Za-z0-9.-]+", words):
            return words
        if words.strip().lower() in _SAID:
            return _SAID[words.strip().lower()]
    raise LicenceUnknown(
        f"{name} does not say its licence: read it, and add it to _READ in requirements/facts.py."
    )


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _asks(name: str) -> list[str]:
    """Whom a package asks for on any system, extras apart."""
    found = _installed(name)
    # The project's own list is read from its file: what is installed may be older.
    words = PROJECT["dependencies"] if name == PROJECT["name"] else found.requires if found else None
    asked = [Requirement(w) for w in words or []]
    return sorted({canonicalize_name(r.name) for r in asked if "extra" not in str(r.marker or "")})
