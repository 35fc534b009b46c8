"""`hoshiyomi erase`, `disclose`, `import-feedback`: what testers agreed to, and its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import ConfirmClock, mapping, zone
from flows.spoken import counted

Say = Callable[[str], None]

Tester = Annotated[str | None, typer.Option(help="The tester's pseudonym.")]
Person = Annotated[
    str | None,
    typer.Option(
        help="An address or respondent's id of an import, in place of the pseudonym; '-' reads it from "
        "standard input."
    ),
]


def register(app: typer.Typer, say: Say, rejected: int) -> None:
    """Add the commands; `rejected` is the exit code of an import that put rows aside."""

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
        _erase(tester, person, consent, app_key, dry_run=dry_run, confirm_clock=confirm_clock, say=say)

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
        if _import(files, options, why, say):
            raise typer.Exit(rejected)


def _erase(
    tester: str | None, person: str | None, consent: str | None, app: str | None, *, dry_run: bool,
    confirm_clock: bool, say: Say,
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
        say(f"{entry.tester}: {entry.app or 'every app'}, everything until {entry.at:%Y-%m-%d %H:%M} UTC")
    if dry_run:
        say(f"{counted(len(wanted.entries), 'tester')}; nothing was erased")
        return
    for path in execute_erasure(config, wanted, now, say, confirm_clock=confirm_clock):
        typer.echo(path)


def _disclose(tester: str | None, person: str | None) -> None:
    import json

    from flows.config.load import data_folder
    from flows.privacy.subject_access import subject_access

    document = subject_access(data_folder(), _who(tester, person), datetime.now(UTC))
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))


def _import(files: list[Path], options: Any, basis: str, say: Say) -> bool:
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
            say(f"{done.file}: imported before, nothing to do")
            continue
        say(
            f"{done.file}: {done.format}; "
            f"{counted(done.feedback, 'piece')} of feedback of {counted(done.testers, 'tester')}; "
            f"{counted(done.redactions, 'redaction')}; "
            f"{done.left_out:,} left out (testers erased or withdrawn)"
        )
        for (reason, remedy), count in done.reasons():
            say(f"{done.file}: {counted(count, 'row')} put aside without their words: {reason}. {remedy}")
        is_rejected = is_rejected or bool(done.rejected)
    say("landed; `hoshiyomi refresh` loads and publishes it")
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
