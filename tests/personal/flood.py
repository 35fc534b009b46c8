"""Personal texts sent through every real path into a data folder, then `hoshiyomi refresh`."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from flows.collection.dump_import import import_file
from flows.errors import InputError
from flows.redaction.gate import shown
from flows.sources.dumps.files import Options
from flows.sources.sample_store.testers import parse_feedback
from tests.conftest import CHECKOUT, give_history
from tests.flows.intake.ground import YES, Server, bearer, invited
from tests.personal import dumps, stores
from tests.personal.dumps import APP, whole
from tests.personal.texts import Personal
from warehouse.landing import Landing
from warehouse.records import Coverage

_DUMPS = (
    "Play dump",
    "rows put aside",
    "App Store dump",
    "broken lines",
    "feed file",
    "Play Console file",
    "own columns",
    "versions file",
    "file names",
    "headless files",
    "survey file",
    "alpha payload",
    "backfill reason",
    "intake",
)
PATHS = (*_DUMPS, *stores.ROUTES)
# Of these no word is kept: layouts that nobody knows, and what is no text at all.
WITHOUT_WORDS = frozenset({"Play moved", "App Store moved", "headless files", "file names"})
_FEW = {
    "Play shop window": 30,
    "backfill reason": 1,
    "App Store shop window": 30,
    "file names": 12,
    "headless files": 8,
    "Play moved": 60,
    "App Store moved": 60,
    "intake": 400,
}


@dataclass(slots=True)
class Flooded:
    """A data folder after everything came in."""

    data: Path
    logs: Path
    """Everything that commands and servers printed."""
    sent: dict[str, list[Personal]]
    codes: dict[str, int] = field(default_factory=dict)
    """The exit code of each command."""


def scattered(secrets: Sequence[Personal]) -> dict[str, list[Personal]]:
    """Every text to one path."""
    dice = random.Random(len(secrets))
    sent: dict[str, list[Personal]] = {path: [] for path in PATHS}
    for secret in secrets:
        open_paths = [p for p in PATHS if len(sent[p]) < _FEW.get(p, len(secrets))]
        sent[dice.choice(open_paths)].append(secret)
    return sent


def flood(tmp: Path, secrets: Sequence[Personal], *, refreshes: int = 1) -> Flooded:
    """Send all of it and run `hoshiyomi refresh`."""
    done = Flooded(tmp / "data", tmp / "logs", scattered(secrets))
    done.logs.mkdir(parents=True)
    give_history(done.data)
    files = tmp / "files"
    files.mkdir()
    with stores.serving(done.sent) as server:
        config = stores.configure(tmp / "config", server)
        run = _runner(done, config)
        _import(run, files, done)
        _import_feedback(run, files, done.sent)
        _alpha(done)
        _intake(done, config)
        for s in done.sent["backfill reason"]:
            said = ("--since", "2026-01-01", "--reason", whole(s))
            run("backfill", "collect", "--app", "procedures", *said)
        for _ in range(refreshes):
            run("refresh", "refresh")
    return done


def _runner(done: Flooded, config: Path) -> Callable[..., int]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    environment |= {"HOSHIYOMI_DATA": str(done.data), "HOSHIYOMI_CONFIG": str(config), "NO_COLOR": "1"}

    def run(name: str, *words: str) -> int:
        with (done.logs / "commands.log").open("ab") as out:
            code = subprocess.run(
                [str(Path(sys.executable).with_name("hoshiyomi")), *words],
                env=environment,
                cwd=CHECKOUT,
                stdout=out,
                stderr=out,
                timeout=1200,
                check=False,
            ).returncode
        done.codes[name] = code
        return code

    return run


def _import(run: Callable[..., int], files: Path, done: Flooded) -> None:
    sent = done.sent
    of_play = ("--seen-at", "2026-04-01T00:00:00")
    apple = ("--app", "1500000001", "--country", "jp")
    run(
        "dumps",
        "import",
        str(dumps.play_dump(files, sent["Play dump"])),
        str(dumps.bad_rows(files, sent["rows put aside"])),
        str(dumps.broken_lines(files, sent["broken lines"])),
        str(dumps.console(files, sent["Play Console file"])),
        "--versions",
        str(dumps.versions(files, sent["versions file"])),
        *of_play,
    )
    run(
        "apple",
        "import",
        str(dumps.app_store_dump(files, sent["App Store dump"])),
        str(dumps.feed(files, sent["feed file"])),
        *apple,
    )
    run(
        "own columns",
        "import",
        str(dumps.own_columns(files, sent["own columns"])),
        "--store",
        "google_play",
        "--app",
        APP,
        "--map",
        "title=headline",
        "--map",
        "text=body",
        "--map",
        "rating=stars",
    )
    named = list(dumps.named_files(files, sent["file names"]))
    headless = list(dumps.headless(files, sent["headless files"]))
    # The first as a person would, the others without a process each.
    run("named", "import", str(named[0]))
    run("missing", "import", f"{named[0]}.gone")
    run("headless", "import", str(headless[0]))
    for path in (*named[1:], *headless[1:]):
        _import_in_process(path, done)


def _import_feedback(run: Callable[..., int], files: Path, sent: dict[str, list[Personal]]) -> None:
    path = dumps.survey(files, sent["survey file"])
    basis = f"asked in March, see {whole(sent['survey file'][0])}"
    run(
        "feedback",
        "import-feedback",
        str(path),
        "--app",
        "procedures",
        "--consent-version",
        "2026-01",
        "--basis",
        basis,
        "--analyse",
        "--quote",
        "--cohort",
        "beta",
    )


def _alpha(done: Flooded) -> None:
    """The payload of an app's own testers, as its parser reads it."""
    import json

    now = datetime.now(UTC)
    items = []
    for n, s in enumerate(done.sent["alpha payload"]):
        said = [whole(s), "1.0", "home"]
        if n % 3:
            said = ["ok", *(("1.0", whole(s)) if n % 2 else (whole(s), "home"))]
        items.append(
            {
                "id": f"alpha-{n}",
                "tester": f"tester-{n}",
                "cohort": "alpha",
                "language": "ja",
                "app_version": said[1],
                "screen": said[2],
                "rating": 3,
                "text": said[0],
                "submitted_at": (now - timedelta(days=1)).isoformat(),
                "consent": {"version": "2026-01", "analyse": True, "quote": True},
            }
        )
    body = json.dumps({"format": "hoshiyomi-feedback/1", "app": "procedures", "items": items})
    found = parse_feedback(body, seen_at=now, source="alpha")
    landing = Landing(done.data)
    landing.write("feedback", "alpha-payload", "00000", found)
    row = Coverage(
        batch="alpha-payload",
        run_id="r",
        source="alpha",
        asked_for="feedback",
        store="google_play",
        store_app_id=stores.PLAY,
        started_at=now,
        finished_at=now,
        covered_until=now,
        pages=1,
        got=len(found),
        outcome="complete",
        reason="end_confirmed",
    )
    landing.write("coverage", "alpha-payload", "00000", [row])


def _intake(done: Flooded, config: Path) -> None:
    """The real server; every text as text, version, screen or device, and in places where nothing belongs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(done.data, config, port, done.logs / "intake.log")
    code = invited(done.data, 1)[0]
    server.start()
    try:
        with httpx.Client(base_url=server.url, headers=bearer(code)) as client:
            assert client.put("/v1/consent", json=YES | {"quote": True}).status_code == httpx.codes.OK
            for n, s in enumerate(done.sent["intake"]):
                # What is too long for a name is refused; a person would write it as text.
                name = ("text", "version", "screen", "device")[n % 4 if len(whole(s)) <= 100 else 0]
                answer = client.post("/v1/feedback", json={"rating": 3, name: whole(s)})
                assert answer.status_code == httpx.codes.CREATED, (name, s.form)
                client.post("/v1/feedback", json={"text": "x", whole(s): "x"})
                client.get("/v1/consent", params={"q": whole(s)})
    finally:
        assert server.stop() == 0


def _import_in_process(path: Path, done: Flooded) -> None:
    """As the command does; an error is written down as the command prints it."""
    try:
        import_file(path, Options(), Landing(done.data), run_id="r", progress=lambda _rows: None)
    except InputError as error:
        with (done.logs / "errors.log").open("a", encoding="utf-8") as out:
            out.write(f"{shown(str(error))}\n")
