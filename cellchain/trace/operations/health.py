"""What an administrator should know about the house, in sentences that say what to do. Worst first."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.trace.operations import rules
from cellchain.trace.operations.standing import Standing, standing_of

GIGABYTE = 10**9
ORDER = ("stop", "warn", "ok")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its name, how it stands (ok, warn, stop), what was seen, and what to do."""

    name: T
    status: str
    seen: T
    do: T | None = None
    href: str = ""


def findings(state: Any) -> Sequence[Finding]:
    """Everything that was looked at; `state` is the application's."""
    found = [writable(state.runner.outside)]
    try:
        seen = standing_of(state)
    except Exception:  # whatever keeps it from being read is told, and the page is there all the same
        found.append(
            Finding(T("Reading"), "stop", T("The database cannot be read."), T("Run cellchain doctor on the server."))
        )
    else:
        found += about(seen, timedelta(minutes=state.settings.checkpoint_minutes))
    return sorted(found, key=lambda one: ORDER.index(one.status))


def writable(outside: Callable[[Callable[[Any], None]], object]) -> Finding:
    """Whether an entry could be written now: the lock is taken and given back."""
    try:
        outside(lambda _tx: None)
    except Exception:
        return Finding(
            T("Writing"),
            "stop",
            T("No entry can be written."),
            T("Look at the disk and at the database server. The wards work on paper meanwhile."),
        )
    return Finding(T("Writing"), "ok", T("Entries can be written."))


def about(seen: Standing, rhythm: timedelta) -> Iterator[Finding]:
    """The rest, from one look."""
    yield _disk(seen.free_bytes)
    yield _clock(seen)
    yield _checkpoint(seen, rhythm)
    yield _witnesses(seen)
    yield _mails(seen)
    yield _labels(seen)


def _disk(free: int) -> Finding:
    name, room = T("Disk"), T("{size} GB are free.", size=Decimal(free * 10 // GIGABYTE) / 10)
    if free < rules.ROOM_BYTES_MIN:
        return Finding(name, "stop", room, T("Make room at once: a full disk stops every entry."))
    if free < rules.ROOM_BYTES_LOW:
        return Finding(name, "warn", room, T("Make room: a backup needs the database three times over."))
    return Finding(name, "ok", room)


def _clock(seen: Standing) -> Finding:
    name, step = T("Clock"), seen.clock_step
    if step is None:
        return Finding(name, "ok", T("It was not moved since this process began."))
    return Finding(
        name,
        "warn",
        T("It was moved by {seconds} s.", seconds=round(step.seconds)),
        T("Compare it with another clock: expiry and every entry go by it."),
    )


def _checkpoint(seen: Standing, rhythm: timedelta) -> Finding:
    name = T("Checkpoint")
    late = rules.checkpoint_is_late(seen.checkpoint_age, seen.unsigned, rhythm)
    if seen.unsigned < 0:
        return Finding(
            name,
            "stop",
            T("It covers {count} entries more than the ledger holds.", count=-seen.unsigned),
            T("An older database was put in place. Run cellchain verify, and tell QA."),
            "/ledger",
        )
    if seen.checkpoint_age is None:
        told = T("There is none yet.")
    else:
        told = T(
            "Signed {minutes} min ago; {count} entries came after it.",
            minutes=max(int(seen.checkpoint_age.total_seconds() // 60), 0),
            count=seen.unsigned,
        )
    advice = T("Look into the log of the server: it signs one at its rhythm.")
    return Finding(name, "warn" if late else "ok", told, advice if late else None, "/ledger")


def _witnesses(seen: Standing) -> Finding:
    name = T("Witnesses")
    if not seen.witnesses:
        return Finding(
            name,
            "warn",
            T("Checkpoints lie beside the database alone."),
            T("Name folders on other machines in CELLCHAIN_WITNESS_DIRS."),
        )
    if seen.witnesses_away:
        return Finding(
            name,
            "stop",
            T("{away} of {count} are away.", away=seen.witnesses_away, count=seen.witnesses),
            T("Bring it back; the server then brings what it lacks by itself."),
            "/ledger#witnesses",
        )
    return Finding(name, "ok", T("All {count} answer.", count=seen.witnesses), None, "/ledger#witnesses")


def _mails(seen: Standing) -> Finding:
    told = T("{waiting} wait, {refused} were refused.", waiting=seen.mails_waiting, refused=seen.mails_refused)
    status, advice = ("warn", T("See what the mail server said.")) if seen.mails_refused else ("ok", None)
    return Finding(T("Mail"), status, told, advice, "/notices/mail")


def _labels(seen: Standing) -> Finding:
    told = T("{moving} are on their way, {stuck} are stuck.", moving=seen.labels_moving, stuck=seen.labels_stuck)
    status, advice = ("warn", T("See to the printers.")) if seen.labels_stuck else ("ok", None)
    return Finding(T("Label printing"), status, told, advice, "/labels/printers")
