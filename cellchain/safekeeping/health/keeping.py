"""What is kept elsewhere: exported keys, checkpoints, backups; and the lines in which something waits too long."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cellchain.labels.printing import queries as printing
from cellchain.ledger import ahead, checkpoints, notes, resealing, rotation
from cellchain.ledger.append import last_position
from cellchain.ledger.witnesses import read_everywhere
from cellchain.main import Installation
from cellchain.notices import queries as notices
from cellchain.platform.db import ReadTx
from cellchain.platform.files import DataDir
from cellchain.platform.sealing import name_of
from cellchain.safekeeping import keyring, records
from cellchain.safekeeping.health.lines import Line, ago, bad, ok, warn

BACKUP_AGE, BACKUP_AGE_MAX = timedelta(hours=26), timedelta(days=7)
WAITS_MAX = timedelta(hours=1)
RHYTHMS_MAX = 3


def exported_keys(folder: DataDir) -> Line:
    """Whether the keys that are used were taken out once, under a passphrase."""
    done = records.noted(folder, records.KEYS)
    advice = (
        "Run cellchain keys export, and keep the file and its passphrase apart: without the keys nobody can read a "
    )
    advice += "copy of the database."
    if done is None:
        return bad("exported keys", "never exported.", advice)
    if done.get("fingerprint") != keyring.fingerprint(folder):
        return bad("exported keys", f"others than those of {done['at']:%Y-%m-%d} are used now.", advice)
    return ok("exported keys", f"exported on {done['at']:%Y-%m-%d}")


def field_key(installation: Installation) -> Line:
    """Whether the key that encrypts is the one the ledger knows of, and whether everything lies under it."""
    with installation.database.read() as tx:
        last = rotation.last_secret(tx, rotation.FIELD)
        name, older = name_of(installation.keys.field), [name_of(key) for key in installation.keys.older_fields]
        if last is not None and last.new != name:
            waits = "is not the one that entry {entry} of the ledger names."
            advice = "Was `cellchain keys rotate field` broken off? Run it again. Or put the exported keys back."
            return bad("field key", f"{name} {waits.format(entry=last.entry)}", advice)
        behind = resealing.waiting(tx) if older else 0
    if behind:
        return warn("field key", f"{behind} rows lie under an older key.", "Stop the server; cellchain keys reseal.")
    return ok("field key", f"{name}, everything lies under it" if older else f"{name}, the first one")


def last_backup(folder: DataDir, now: datetime) -> Line:
    """When the last backup was made here and checked by restoring it."""
    done = records.noted(folder, records.BACKUP)
    advice = "Run cellchain backup every night, to another machine."
    if done is None:
        return bad("backup", "none was ever made.", advice)
    age = now - done["at"]
    seen = f"{ago(age)} old, {done.get('entries')} entries, restored once and intact ({done.get('file')})"
    if age > BACKUP_AGE_MAX:
        return bad("backup", f"{seen}.", advice)
    if age > BACKUP_AGE:
        return warn("backup", f"{seen}.", advice)
    return ok("backup", seen)


def witnessed(installation: Installation) -> Iterator[Line]:
    """Whether the newest checkpoint is ours, and not far behind the chain."""
    folder = installation.folder
    note = checkpoints.latest(folder.checkpoints)
    if note is None:
        yield bad(
            "checkpoint", "there is none.", "Start the server once; it signs one at its rhythm and when it stops."
        )
        return
    try:
        newest = notes.check(note, folder.public_keys())
    except ValueError as error:
        yield bad("checkpoint", f"the newest proves nothing: {error}.", "Run cellchain verify, and tell QA.")
        return
    with installation.database.read() as tx:
        head, now = last_position(tx), tx.now
    age = now - datetime.fromisoformat(newest.at)
    behind = head.seq - newest.size
    seen = f"over {newest.size} entries, {ago(age)} old"
    if behind < 0 and ahead.newest_ahead(installation.database, folder, installation.settings.witness_dirs) is None:
        yield ok("checkpoint", f"{seen}: {-behind} entries more than the ledger holds, whose loss it acknowledges")
    elif behind < 0:
        yield bad(
            "checkpoint",
            f"{seen}: {-behind} entries more than the ledger holds.",
            "An older database was put in place, and the next start refuses it. Run cellchain verify, and tell QA.",
        )
    elif behind and age > RHYTHMS_MAX * timedelta(minutes=installation.settings.checkpoint_minutes):
        yield warn("checkpoint", f"{seen}, {behind} entries behind.", "Is the server running? It signs at its rhythm.")
    else:
        yield ok("checkpoint", seen)


def witnesses(installation: Installation) -> Iterator[Line]:
    """Whether checkpoints lie on other machines too, and whether these answer now."""
    folders = installation.settings.witness_dirs
    if not folders:
        yield warn(
            "witnesses",
            "checkpoints lie beside the database alone, where whoever rewrites one can rewrite the other.",
            "Name folders on other machines in CELLCHAIN_WITNESS_DIRS.",
        )
        return
    _, away = read_everywhere(installation.folder, folders)
    if away:
        named = ", ".join(map(str, away))
        yield bad("witnesses", f"away: {named}.", "Bring it back; the server then brings what it lacks by itself.")
    else:
        yield ok("witnesses", f"{len(folders)} answer")


def waiting(tx: ReadTx) -> Iterator[Line]:
    """Mails and labels that wait for somebody."""
    box = notices.outbox(tx)
    stuck = [mail for mail in box.waiting if tx.now - mail.queued_at > WAITS_MAX]
    if box.refused or stuck:
        yield warn("mail", f"{len(box.refused)} refused, {len(stuck)} wait for over an hour.", "Look under Mail.")
    else:
        yield ok("mail", f"{len(box.waiting)} in line")
    if box.unreachable:
        yield warn("addresses", f"{len(box.unreachable)} people have to be mailed and have no address.", "Enter them.")
    count, since = printing.stuck_count(tx), printing.stuck_since(tx)
    if count and since is not None:
        yield warn(
            "printing", f"{count} labels are stuck, the first for {ago(tx.now - since)}.", "Look under Printers."
        )
    else:
        yield ok("printing", "no label is stuck")
