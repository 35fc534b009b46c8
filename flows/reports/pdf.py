"""A page of HTML as PDF, by the Chromium of this machine, which reaches no network meanwhile."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from flows.errors import HoshiyomiError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_SECONDS = 120
_MAGIC = b"%PDF-"


class NoBrowser(HoshiyomiError):
    """There is no Chromium, so there can be no PDF."""


def browser() -> str | None:
    """Chromium's program: what `CHROMIUM` names, else one of the usual names; None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (str(_MAC) if _MAC.is_file() else None)


def printed(html: str) -> bytes:
    """The page as PDF, on the paper that its styles name. Raises NoBrowser, or HoshiyomiError where Chromium
    made none."""
    program = browser()
    if program is None:
        raise NoBrowser(
            "There is no Chromium on this machine, so no PDF was made. Remedy: install it (Debian: "
            "`apt install chromium fonts-noto-cjk`), or name it by CHROMIUM=/path/to/chromium; the HTML "
            "prints as well from any browser."
        )
    with tempfile.TemporaryDirectory(prefix="hoshiyomi-pdf-") as folder:
        page, out = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(html, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - our own words
                _command(program, page, out), capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise HoshiyomiError(_failed(program, type(error).__name__)) from error
        made = out.read_bytes() if out.is_file() else b""
    if not made.startswith(_MAGIC):
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        # A machine without a desktop has no message bus, of which Chromium always complains.
        said = [line for line in lines if line.strip() and "dbus" not in line]
        raise HoshiyomiError(_failed(program, said[-1][:200] if said else f"it ended with {done.returncode}"))
    return made


def _command(program: str, page: Path, out: Path) -> list[str]:
    return [
        program, "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-extensions", "--disable-sync", "--disable-background-networking",
        "--disable-component-update", "--disable-default-apps", "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={page.parent / 'profile'}",
        # Chromium's own sandbox refuses to work for root, as in a container; the policy within the page
        # lets no script run.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "--no-pdf-header-footer", f"--print-to-pdf={out}", page.as_uri(),
    ]  # fmt: skip


def _failed(program: str, why: str) -> str:
    return (
        f"{program} made no PDF ({why}). Remedy: see whether it starts with --headless=new, or name another "
        "one by CHROMIUM=/path/to/chromium; the HTML prints as well from any browser."
    )
