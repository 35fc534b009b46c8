"""Testers' feedback: `hoshiyomi intake | invite | cohorts | revoke | import-feedback | erase | disclose`."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.output import REJECTED_ROWS, ConfirmClock, mapping, zone
from flows.console import counted

log = logging.getLogger(__name__)
app = typer.Typer()
Tester = Annotated[str | None, typer.Option(help="The tester's pseudonym.")]
Person = Annotated[
    str | None,
    typer.Option(
        help="An address or respondent's id of an import, in place of the pseudonym; '-' reads it from "
        "standard input."
    ),
]


@app.command()
def intake(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8600,
    address: Annotated[str, typer.Option(help="IP address to listen on.")] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="Allow an address that other machines reach.")
    ] = False,
) -> None:
    """Take in feedback and consent of invited testers: form and API on 127.0.0.1."""
    from flows.config.load import load_config
    from flows.intake.app import serve_intake
    from flows.serving.prefect_env import end_on_sigterm

    end_on_sigterm()
    serve_intake(load_config(), address=address, port=port, is_public=public)


@app.command()
def invite(
    app: Annotated[str, typer.Option(help="The app's key in apps.toml.")],
    cohort: Annotated[str, typer.Option(help="Testers invited together.")],
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many codes to make.")] = 1,
    from_: Annotated[
        datetime | None, typer.Option("--from", help="When feedback begins (UTC); else now.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="When it ends (UTC); needed for a new cohort.")
    ] = None,
) -> None:
    """Make invitation codes and print them once, as CSV; only their keyed hashes are kept."""
    import csv

    from flows.cli.apps import known_app
    from flows.config.load import load_config
    from flows.intake.invitations import load_keys, open_register

    config = load_config()
    known_app(config, app)
    with open_register(config.data) as invitations:
        known, made = invitations.invite(
            load_keys(config.data), app=app, cohort=cohort, count=count, opens_at=_utc(from_),
            closes_at=_utc(until), now=datetime.now(UTC),
        )  # fmt: skip
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["tester", "code", "app", "cohort", "from", "until"])
    for tester, code in made:
        out.writerow([tester, code, app, cohort, f"{known.opens_at:%FT%TZ}", f"{known.closes_at:%FT%TZ}"])
    log.info("%(codes)s made; shown this once and kept nowhere", {"codes": counted(count, "code")})


@app.command()
def cohorts() -> None:
    """List the cohorts: app, name, time, how many were invited and how many codes were blocked."""
    from flows.cli.output import render
    from flows.config.load import data_folder
    from flows.intake.invitations import open_register

    now = datetime.now(UTC)
    with open_register(data_folder()) as invitations:
        rows = [
            (
                c.app, c.cohort, f"{c.opens_at:%FT%TZ}", f"{c.closes_at:%FT%TZ}",
                "open" if c.opens_at <= now < c.closes_at else "not yet" if now < c.opens_at else "over",
                c.invited, c.revoked,
            )
            for c in invitations.cohorts()
        ]  # fmt: skip
    names = ("app", "cohort", "from", "until", "now", "invited", "revoked")
    typer.echo(render(names, rows, "table"), nl=False)


@app.command()
def revoke(
    tester: Annotated[str, typer.Option(help="The pseudonym, as `invite` printed it.")],
) -> None:
    """Block a tester's code, such as one that got lost; `hoshiyomi erase` removes what they sent."""
    from flows.config.load import data_folder
    from flows.errors import InputError
    from flows.intake.invitations import open_register

    with open_register(data_folder()) as invitations:
        blocked = invitations.revoke(tester, datetime.now(UTC))
    if not blocked:
        raise InputError(f"--tester {tester!r} has no code that is open.")
    log.info("%(tester)s: %(codes)s blocked", {"tester": tester, "codes": counted(blocked, "code")})


@app.command()
def erase(
    tester: Tester = None,
    person: Person = None,
    consent: Annotated[
        str | None, typer.Option(help="Everything that was given under this version of the wording.")
    ] = None,
    app_key: Annotated[str | None, typer.Option("--app", help="In this app only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say whose, erase nothing.")] = False,
    confirm_clock: ConfirmClock = False,
) -> None:
    """Erase testers' feedback and everything inferred from it, at once; what was begun is finished."""
    _erase(tester, person, consent, app_key, dry_run=dry_run, confirm_clock=confirm_clock)


@app.command()
def disclose(tester: Tester = None, person: Person = None) -> None:
    """Print everything that is held about one tester, as JSON."""
    _disclose(tester, person)


@app.command("import-feedback")
def import_feedback(
    files: Annotated[list[Path], typer.Argument(help="CSV, JSON or JSONL, also .gz.")],
    app_key: Annotated[str, typer.Option("--app", help="The app's key in apps.toml.")],
    consent_version: Annotated[
        str | None, typer.Option(help="Which wording the testers agreed to. Needed.")
    ] = None,
    basis: Annotated[
        str | None, typer.Option(help="Where and when they agreed, in your words. Needed.")
    ] = None,
    analyse: Annotated[
        bool | None, typer.Option("--analyse/--no-analyse", help="May a model read it? Needed.")
    ] = None,
    quote: Annotated[
        bool | None, typer.Option("--quote/--no-quote", help="May their words be shown? Needed.")
    ] = None,
    cohort: Annotated[
        str | None, typer.Option(help="Testers asked together; where no column says it.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="survey, testflight or firebase; else recognised.")
    ] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="field=column, for other column names.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Zone of times without a zone.")] = "UTC",
    encoding: Annotated[str | None, typer.Option(help="Encoding, such as cp932.")] = None,
) -> None:
    """Take in testers' feedback of other channels; without a consent basis it refuses."""
    from flows.collection.feedback_import import agreed
    from flows.sources.dumps.feedback_files import FeedbackOptions

    version, why, may_analyse, may_quote = agreed(consent_version, basis, analyse=analyse, quote=quote)
    options = FeedbackOptions(
        app=app_key, consent_version=version, may_analyse=may_analyse, may_quote=may_quote, cohort=cohort,
        zone=zone(timezone), format=format_, mapping=mapping(map_ or []), encoding=encoding,
    )  # fmt: skip
    if _import(files, options, why):
        raise typer.Exit(REJECTED_ROWS)


def _erase(
    tester: str | None, person: str | None, consent: str | None, app: str | None, *, dry_run: bool,
    confirm_clock: bool,
) -> None:  # fmt: skip
    from flows.config.load import load_config
    from flows.errors import InputError
    from flows.privacy.erase_command import Wanted, execute_erasure, of_tester, of_wording

    config = load_config()
    now = datetime.now(UTC)
    given = [v for v in (tester, person, consent) if v is not None]
    if len(given) > 1 or (app and not given):
        raise InputError("One of --tester, --person and --consent says whose feedback is erased.")
    wanted = Wanted((), ())
    if consent is not None:
        wanted = of_wording(config.data, consent, app, now)
    elif given:
        wanted = of_tester(config.data, _who(tester, person), app, now)
    for entry in wanted.entries:
        fields = {"tester": entry.tester, "app": entry.app or "every app", "until": f"{entry.at:%F %H:%M}"}
        log.info("%(tester)s: %(app)s, everything until %(until)s UTC", fields)
    if dry_run:
        testers = {"testers": counted(len(wanted.entries), "tester")}
        log.info("%(testers)s; nothing was erased", testers)
        return
    for path in execute_erasure(config, wanted, now, confirm_clock=confirm_clock):
        typer.echo(path)


def _disclose(tester: str | None, person: str | None) -> None:
    import json

    from flows.config.load import data_folder
    from flows.privacy.subject_access import subject_access

    document = subject_access(data_folder(), _who(tester, person), datetime.now(UTC))
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))


def _import(files: list[Path], options: Any, basis: str) -> bool:
    """Import every file; whether rows were put aside."""
    from flows.cli.apps import known_app
    from flows.collection.feedback_import import import_feedback
    from flows.config.load import load_config

    config = load_config()
    known_app(config, options.app)
    is_rejected = False
    for path in files:
        done = import_feedback(path, options, basis, config, now=datetime.now(UTC))
        if done.done_before:
            log.info("%(file)s: imported before, nothing to do", {"file": done.file})
            continue
        fields = {
            "file": done.file,
            "format": done.format,
            "pieces": counted(done.feedback, "piece"),
            "testers": counted(done.testers, "tester"),
            "redactions": counted(done.redactions, "redaction"),
            "left_out": done.left_out,
        }
        log.info(
            "%(file)s: %(format)s; %(pieces)s of feedback of %(testers)s; %(redactions)s; %(left_out)s left "
            "out (testers erased or withdrawn)",
            fields,
        )
        for (reason, remedy), count in done.reasons():
            fields = {
                "file": done.file, "rows": counted(count, "row"), "reason": reason, "remedy": remedy,
            }  # fmt: skip
            log.warning("%(file)s: %(rows)s put aside without their words: %(reason)s. %(remedy)s", fields)
        is_rejected = is_rejected or bool(done.rejected)
    log.info("landed; `hoshiyomi refresh` loads and publishes it")
    return is_rejected


def _who(tester: str | None, person: str | None) -> str:
    """The pseudonym that is meant."""
    from flows.config.load import data_folder
    from flows.errors import InputError
    from flows.intake.invitations import load_keys
    from flows.privacy.consent_ledger import pseudonym

    if (tester is None) == (person is None):
        raise InputError("Either --tester with a pseudonym, or --person with an address or id of an import.")
    if tester is not None:
        return tester
    if person == "-":
        # An argument would stay in the shell's history.
        person = typer.get_text_stream("stdin").readline().strip()
    if not person:
        raise InputError("--person: nobody was named.")
    return pseudonym(load_keys(data_folder()), person)


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None
