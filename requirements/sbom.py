"""Prints what the program consists of as a software bill of materials (CycloneDX 1.6, JSON).

The same pins give the same document: no time, no random serial number. It names each package's version,
licence, sha256 sums and what it asks for.
"""

from __future__ import annotations

import sys

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from facts import PROJECT, Pin, runtime
from packageurl import PackageURL


def bill() -> Bom:
    """The project, the packages that it needs to run, and who asks for whom."""
    bom = Bom()
    bom.serial_number = None  # type: ignore[assignment]
    bom.metadata.timestamp = None  # type: ignore[assignment]
    root = Component(
        name=PROJECT["name"], version=PROJECT["version"], type=ComponentType.APPLICATION, bom_ref="hoshiyomi",
        licenses=[LicenseFactory().make_from_string(PROJECT["license"])],
    )  # fmt: skip
    bom.metadata.component = root
    pins = runtime()
    parts = {pin.name: _component(pin) for pin in pins}
    for part in parts.values():
        bom.components.add(part)
    bom.register_dependency(root, [parts[pin.name] for pin in pins if "hoshiyomi" in pin.asked_by])
    for pin in pins:
        bom.register_dependency(parts[pin.name], [parts[asked] for asked in pin.asks])
    return bom


def _component(pin: Pin) -> Component:
    purl = PackageURL("pypi", name=pin.name, version=pin.version)
    return Component(
        name=pin.name, version=pin.version, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl,
        licenses=[LicenseFactory().make_from_string(pin.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sum_) for sum_ in pin.hashes],
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(JsonV1Dot6(bill()).output_as_string(indent=1) + "\n")
