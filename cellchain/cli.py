"""The command line: `cellchain COMMAND`.

Results go to stdout, messages to stderr. Exit 0: done; 1: refused, or something found; 2: wrong usage.
"""

import ipaddress
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from socket import socket
from typing import Annotated, Any

import psycopg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from cellchain import serving
from cellchain.console import backup as console_backup
from cellchain.console import decades as console_decades
from cellchain.console import doctor as console_doctor
from cellchain.console import keys as console_keys
from cellchain.console import ledger as console_ledger
from cellchain.console.mark import mark
from cellchain.console.simulate import simulate
from cellchain.console.speaking import DataDirOption, need_database, say, settings_for
from cellchain.crew import Crew
from cellchain.kernel.clock import SystemClock
from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.ledger import ahead, foundation, roles
from cellchain.main import Installation, create_app, opened, witness
from cellchain.platform import logs
from cellchain.platform.away import ensure_readable, fault_of
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir, write_atomically

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Follows a cell therapy vein to vein.",
)
app.command()(simulate)
app.command()(mark)


def main() -> None:
    """Entry point. A refusal ends with 1 and its sentence on stderr."""
    # Whatever is made here, folder, database or manifest, is for the user alone who runs it.
    os.umask(0o077)
    try:
        app()
    except CellchainError as error:
        for name, text in error.fields.items() if isinstance(error, Invalid) else ():
            say(f"{name}: {text}")
        say(f"{error.text} ({error.code})")
        sys.exit(1)
    except ValidationError as error:
        # The only model read outside a request is that of the settings.
        for fault in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in fault["loc"]).upper()
            say(f"CELLCHAIN_{name} is not accepted: {fault['msg']}. Correct it and start again.")
        sys.exit(1)
    except (sqlite3.Error, DBAPIError) as error:
        unavailable = fault_of(error)
        if unavailable is not None:
            say(f"{unavailable.text} ({unavailable.code})")
            sys.exit(1)
        if not isinstance(getattr(error, "orig", None), psycopg.OperationalError):
            raise
        say("The database cannot be reached. Look at CELLCHAIN_DATABASE_URL and at its server, and start again.")
        sys.exit(1)
    except OSError as error:
        say(f"{error.filename or 'The system'}: {error.strerror}. Name another place, or make this one usable.")
        sys.exit(1)


@app.command()
def serve(
    data_dir: DataDirOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65_535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; more than one needs PostgreSQL.", min=1, max=64)] = 1,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="TLS key (PEM).")] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy in front speaks TLS.")] = False,
) -> None:
    """Serve the application."""
    settings = settings_for(data_dir)
    if workers > 1 and settings.url.startswith("sqlite"):
        say(
            "SQLite takes one process. Name a PostgreSQL database in CELLCHAIN_DATABASE_URL for more, "
            "or use --workers 1."
        )
        raise typer.Exit(2)
    if (certificate is None) != (key is None):
        say("--certificate and --key go together. Give both or neither.")
        raise typer.Exit(2)
    if not _is_loopback(host) and certificate is None:
        say(
            "Plain HTTP beyond this machine would show sign-ins to the network. Give --certificate and --key, behind a "
            "proxy on another machine as well; one on this machine reaches 127.0.0.1."
        )
        raise typer.Exit(2)
    logs.configure(settings.log_level)
    try:
        if certificate is not None and key is not None:
            serving.check_certificate(certificate, key)
        with (
            serving.ending_well(),
            DataDir(settings.data_dir).claim(),
            serving.listening_for(workers, host, port) as listeners,
        ):
            how: dict[str, Any] = {"proxy_headers": behind_proxy, "ssl_certfile": certificate, "ssl_keyfile": key}
            answer: Callable[..., bool] = partial(serving.run, **how)
            with opened(settings) as installation:
                _bring_up_to_date(installation)
                _announce(settings, serving.shown(host, port), certificate is not None)
                served = workers > 1 or answer(create_app(installation, told=True), listeners[0])
            if workers > 1:
                _serve_together(settings, listeners, answer)
    except serving.Unusable as error:
        say(str(error))
        raise typer.Exit(2) from error
    raise typer.Exit(0 if served else 1)


def _serve_together(settings: Settings, listeners: Sequence[socket], answer: Callable[..., bool]) -> None:
    """A worker for each socket until SIGTERM; then a last checkpoint over what all of them wrote."""

    def work(place: int) -> int:
        with opened(settings) as installation:
            return 0 if answer(create_app(installation, told=True), listeners[place]) else 1

    try:
        Crew(len(listeners), work, say).run()
    finally:
        with opened(settings) as installation:
            installation.witnesses.start()
            witness(installation)
            installation.witnesses.stop()


def _bring_up_to_date(installation: Installation) -> None:
    """Found an empty database and migrate an embedded one; a PostgreSQL one is migrated by its own role."""
    ensure_readable(installation.database.engine)
    if not foundation.is_founded(installation.database):
        roles.ensure_may_found(installation.database)
        foundation.found(installation.database, installation.runner, demonstration=False)
    else:
        ahead.ensure_newest(installation.database, installation.folder, installation.settings.witness_dirs)
        _catch_up(installation)
    for sentence in roles.too_much(installation.database):
        say(sentence)


def _catch_up(installation: Installation) -> None:
    if installation.database.is_sqlite:
        foundation.migrate(installation.database, installation.runner)
    elif foundation.pending_revisions(installation.database):
        say("The database is behind this program. Run `cellchain migrate` with the migration role first.")
        raise typer.Exit(1)
    else:
        foundation.ensure_guarded(installation.database)


def _announce(settings: Settings, address: str, tls: bool) -> None:
    say(f"cellchain is at {'https' if tls else 'http'}://{address}")
    manifest = settings.data_dir / "manifest.json"
    if manifest.exists():
        people = json.loads(manifest.read_text())["people"]
        say("This is a demonstration. Sign in as one of:")
        for person in people:
            say(f"  {person['username']:<12} {person['password']:<28} {', '.join(person['roles'])}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@app.command()
def migrate(
    data_dir: DataDirOption = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what would be done.")] = False,
    mend_guards: Annotated[
        bool, typer.Option("--mend-guards", help="Write dropped triggers anew, and an entry that names them.")
    ] = False,
) -> None:
    """Bring the database to the newest schema."""
    settings = settings_for(data_dir)
    need_database(settings)
    application = roles.application_role(settings)
    alone = DataDir(settings.data_dir).claim() if settings.database_url is None and not check else nullcontext()
    with alone, opened(settings.for_migration()) as installation:
        if installation.database.is_sqlite:
            foundation.ensure_founded(installation.database)
        pending = foundation.pending_revisions(installation.database)
        if not mend_guards:
            foundation.ensure_guarded(installation.database)
        if check or not (pending or mend_guards or application):
            print("\n".join(pending) if pending else "at head")
            raise typer.Exit(1 if pending else 0)
        if foundation.is_founded(installation.database):
            ahead.ensure_newest(installation.database, installation.folder, settings.witness_dirs)
            foundation.migrate(installation.database, installation.runner, mend=mend_guards)
        else:
            foundation.found(installation.database, installation.runner, demonstration=False)
        if application is not None:
            roles.grant(installation.database, application)
        print("\n".join(pending) if pending else "at head")


app.command()(console_ledger.verify)
app.command("acknowledge-loss")(console_ledger.acknowledge_loss)
app.command("mend-log")(console_ledger.mend_log)


app.command()(console_backup.backup)
app.command()(console_backup.restore)
app.command()(console_doctor.doctor)


@app.command()
def demo(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="An empty folder, or one that does not exist yet.")],
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
) -> None:
    """Play the story of the trial through the real commands into an empty folder."""
    from cellchain.demo import play, refuse_unless_empty

    settings = Settings(data_dir=data_dir)
    refuse_unless_empty(settings)  # before anything is made there, the lock included
    with DataDir(data_dir).claim():
        manifest = play(settings, seed)
    say(f"Demonstration in {data_dir}: {len(manifest['recipients'])} recipients, {len(manifest['bags'])} bags.")


certificate = typer.Typer(
    no_args_is_help=True, help="The site's certificate for signed documents, and checking a document against it."
)
app.add_typer(certificate, name="certificate")
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Put it in the place of the one there is.")]


@certificate.command("make")
def certificate_make(
    data_dir: DataDirOption = None,
    name: Annotated[str | None, typer.Option(help="Whom it names; without it the site's name.")] = None,
    replace: ReplaceOption = False,
) -> None:
    """Make a certificate that the site signs itself: a change of a document shows, nobody else vouches for the name."""
    from cellchain.trace.certificates import seal

    settings = settings_for(data_dir)
    need_database(settings)
    made = seal.make(
        DataDir(settings.data_dir), settings.site_name if name is None else name, SystemClock().now(), replace=replace
    )
    say(f"Documents are signed as {made.common_name} until {made.until:%Y-%m-%d}, SHA-256 {made.fingerprint}.")


@certificate.command("import")
def certificate_import(
    file: Annotated[Path, typer.Argument(help="PKCS#12 file with key and certificate.")],
    data_dir: DataDirOption = None,
    replace: ReplaceOption = False,
) -> None:
    """Take over a certificate of an authority; the password of the file is read from stdin."""
    from cellchain.trace.certificates import seal

    settings = settings_for(data_dir)
    need_database(settings)
    password = sys.stdin.buffer.readline().rstrip(b"\r\n")
    folder = DataDir(settings.data_dir)
    made = seal.bring_in(folder, file.read_bytes(), password, SystemClock().now(), replace=replace)
    say(f"Documents are signed as {made.common_name} until {made.until:%Y-%m-%d}, SHA-256 {made.fingerprint}.")


@certificate.command("verify")
def certificate_verify(
    file: Annotated[Path, typer.Argument(help="The signed PDF.")],
    data_dir: DataDirOption = None,
    by: Annotated[Path | None, typer.Option("--by", help="The site's certificate (PEM or DER), away from it.")] = None,
) -> None:
    """Say whether a certificate is, byte for byte, what the site signed. Exit 0 only if it is."""
    from cellchain.trace.certificates import checking, rules, seal

    finding = checking.check(file.read_bytes())
    if by is None:
        known = seal.known(DataDir(settings_for(data_dir).data_dir))
    else:
        known = frozenset(map(seal.fingerprint_of, seal.read_certificates(by.read_bytes())))
    verdict = rules.of_this_site(finding, known)
    _, word, sentence = rules.VERDICTS[verdict]
    print(f"{word}. {sentence}")
    if finding.fingerprint:
        print(f"Signed at {finding.signed_at} with the certificate of {finding.signer}, SHA-256 {finding.fingerprint}.")
    if finding.stamped_at is not None:
        print(f"Timestamp of {finding.stamped_by}: {finding.stamped_at}.")
    raise typer.Exit(0 if verdict is rules.Verdict.INTACT else 1)


export = typer.Typer(no_args_is_help=True, help="Data to take out, with the entry of the ledger that they rest on.")
app.add_typer(export, name="export")
export.command("ledger")(console_ledger.export_ledger)
export.command("everything")(console_decades.export_everything)

keys = typer.Typer(no_args_is_help=True, help="The keys of the installation.")
app.add_typer(keys, name="keys")
keys.command("rotate")(console_ledger.rotate_keys)
keys.command("reseal")(console_ledger.reseal_cells)
keys.command("export")(console_keys.keys_export)
keys.command("import")(console_keys.keys_import)


@export.command("study")
def export_study(
    code: Annotated[str, typer.Argument(help="Code of the study.")],
    to: Annotated[Path, typer.Option("--to", help="Archive to write; what stands there is replaced.")],
    data_dir: DataDirOption = None,
    as_of: Annotated[
        int | None, typer.Option("--as-of", help="As the data were at this entry; without it, as they are now.", min=1)
    ] = None,
    with_arms: Annotated[bool, typer.Option("--with-arms", help="Arms are among the data.")] = False,
) -> None:
    """Write a study's outcomes, their dictionary, and what they rest on. The same entry gives the same bytes."""
    from cellchain.followup.outcomes.taking import take

    settings = settings_for(data_dir)
    need_database(settings)
    with opened(settings) as installation:
        taken = take(installation.database, installation.runner, code, as_of, with_arms=with_arms)
    write_atomically(to, taken.content)
    print(f"entry {taken.entry}, root {taken.root}")


@app.command("create-admin")
def create_admin(
    username: Annotated[str, typer.Option(help="User name of the first administrator.")], data_dir: DataDirOption = None
) -> None:
    """Register the first administrator; the password is read from stdin."""
    from cellchain.accounts.first import create_first_administrator, read_first_administrator

    order = read_first_administrator(username, sys.stdin.buffer.readline())
    settings = settings_for(data_dir)
    with DataDir(settings.data_dir).claim(), opened(settings) as installation:
        if not foundation.is_founded(installation.database):
            foundation.found(installation.database, installation.runner, demonstration=False)
        create_first_administrator(installation.runner, order)
    say(f"{username} may sign in as administrator.")
