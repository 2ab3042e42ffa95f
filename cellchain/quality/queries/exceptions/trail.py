"""What the audit trail says beside the record: attempts that were refused, late acts, codes typed by hand."""

from datetime import timedelta

from cellchain.kernel.text import T
from cellchain.ledger import remarks
from cellchain.ledger.remarks import Remark
from cellchain.manufacturing.rules.steps import is_late
from cellchain.platform.db import ReadTx
from cellchain.quality.queries.exceptions.facts import Batch, Checked, ExceptionFacts
from cellchain.quality.rules.lifecycles import ExceptionKind
from cellchain.quality.rules.review import ATTEMPTS, Attempt

# One attempt is often repeated at once: the reader beeps twice, the hand tries again.
AGAIN = timedelta(minutes=5)
# Their lateness stands in the record itself, and is read there.
DATED_IN_THE_RECORD = frozenset(
    {
        "manufacturing:value:recorded",
        "manufacturing:value:corrected",
        "manufacturing:step:commented",
        "manufacturing:environment:recorded",
    }
)
# What QA itself decides about the batch is not part of what it reviews.
MADE_BY = ("manufacturing:", "labels:")
BECAUSE = {
    "label_damaged": T("The label was damaged."),
    "out_of_reach": T("The symbol was out of reach."),
    "reader_broken": T("The reader was broken."),
    "no_symbol": T("There was no symbol."),
}


def attempts(tx: ReadTx, batch: Batch) -> Checked:
    """Attempts that were refused. Most are of no consequence (a step out of turn); those that tell something are shown,
    once where the same was tried again within five minutes."""
    refused = [one for one in _made(batch) if one.code is not None]
    telling = [(one, ATTEMPTS[one.code]) for one in refused if one.code is not None and one.code in ATTEMPTS]
    found = [_refused(group, attempt) for group, attempt in _together(telling)]
    return Checked(len(refused) - len(telling), tuple(found))


def _together(telling: list[tuple[Remark, Attempt]]) -> list[tuple[list[Remark], Attempt]]:
    groups: list[tuple[list[Remark], Attempt]] = []
    for one, attempt in telling:
        for group, _ in reversed(groups):
            same = (group[-1].code, group[-1].actor, group[-1].things) == (one.code, one.actor, one.things)
            if same and one.at - group[-1].at <= AGAIN:
                group.append(one)
                break
        else:
            groups.append(([one], attempt))
    return groups


def _refused(group: list[Remark], attempt: Attempt) -> ExceptionFacts:
    first = group[0]
    return ExceptionFacts(
        key=f"refused:{first.seq}",
        kind=attempt.kind,
        title=attempt.title,
        detail=T("Tried {count} times within minutes.", count=len(group)) if len(group) > 1 else None,
        things=first.things,
        person=first.actor,
        happened_at=first.at,
        entered_at=first.at,
        href=f"/ledger/{first.seq}",
    )


def acts_on_time(tx: ReadTx, batch: Batch) -> Checked:
    """Acts that were entered when they were done."""
    found = tuple(
        ExceptionFacts(
            key=f"late_act:{one.seq}",
            kind=ExceptionKind.LATE_ENTRY,
            title=T("An act was entered late"),
            note=one.reason,
            person=one.actor,
            happened_at=one.happened_at,
            entered_at=one.at,
            href=f"/ledger/{one.seq}",
        )
        for one in _made(batch)
        if one.code is None and one.event not in DATED_IN_THE_RECORD and is_late(one.happened_at, one.at)
    )
    return Checked(_acts_count(tx, batch) - len(found), found)


def scanned(tx: ReadTx, batch: Batch) -> Checked:
    """Acts whose codes were scanned, and those in which one was typed by hand."""
    typed = [one for one in _made(batch) if one.code is None and one.typed_because]
    found = tuple(
        ExceptionFacts(
            key=f"typed:{one.seq}",
            kind=ExceptionKind.TYPED,
            title=T("A code was typed, not scanned"),
            detail=next((BECAUSE[why] for why in one.typed_because.values() if why in BECAUSE), None),
            person=one.actor,
            happened_at=one.happened_at,
            entered_at=one.at,
            href=f"/ledger/{one.seq}",
        )
        for one in typed
    )
    return Checked(_acts_count(tx, batch) - len(found), found)


def _made(batch: Batch) -> list[Remark]:
    return [one for one in batch.remarks if one.event.startswith(MADE_BY)]


def _acts_count(tx: ReadTx, batch: Batch) -> int:
    return remarks.acts_count(tx, [batch.lot, *batch.containers], MADE_BY)
