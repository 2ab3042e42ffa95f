"""The rows of the sealed list, revealed one at a time, and the wristband that randomisation issues."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts import queries as accounts
from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Symbol, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.trial import allocation, queries, rules, statements
from cellchain.trial.commands.recipients import OfRecipient
from cellchain.trial.lifecycles import (
    ALLOCATION_LIST,
    ALLOCATION_ROW,
    OFFICE,
    RECIPIENT,
    WRISTBAND,
    WristbandPhase,
)
from cellchain.trial.models import AllocationList, AllocationRow, Baseline, Recipient, Study, Wristband
from cellchain.trial.pauses import queries as pauses
from cellchain.trial.pauses import rules as pause_rules
from cellchain.trial.setup import queries as setup
from cellchain.trial.setup import rules as setup_rules


class RandomisedResult(CommandResult):
    """What randomisation issued. The arm is not in it: the recipient's page shows it to who may see it."""

    recipient: str
    phase: str
    row: int
    chain_of_identity: str
    wristband: str


@command(event="trial:recipient:randomised", subject="recipient")
def randomise(tx: CommandTx, by: Actor, order: OfRecipient) -> RandomisedResult:
    """Reveal the next row of the list onto this recipient. There is nothing to choose, and no way back."""
    recipient = tx.lock(Recipient, order.recipient)
    phase = RECIPIENT.move("randomise", recipient.phase)
    rules.has_consent(queries.consent_given(tx, recipient.code))
    setup_rules.consent_is_current(setup.is_reconsent_due(tx, recipient))
    setup.named_for(tx, queries.study_of(tx, recipient.code), recipient.site, by.person, *OFFICE)
    study = tx.lock(Study, recipient.study)
    rules.study_is_open(study.phase)
    pause_rules.may_go_on(paused=pauses.is_paused(tx, study.code))
    row, held, leaves = _next_row(tx, by, study, _level_of(tx, recipient))
    opened = allocation.open_row(row.sealed, study.code, row.number, tx.house.list_keys, row.level)
    path = allocation.path_of(leaves, row.number)
    leaf = allocation.leaf_of(study.code, row.number, opened.arm, opened.salt, row.level)
    if row.leaf != leaf.hex() or not allocation.proves(leaf, row.number, held.length, path, held.root):
        raise Refused("allocation.altered", "This row is not the one that was committed to. Randomise nobody; tell QA.")
    tx.change(row, phase=ALLOCATION_ROW.move("randomise", row.phase), recipient=recipient.code, revealed_at=tx.now)
    if not tx.one(statements.SEALED_COUNT, list=held.id):
        tx.change(held, phase=ALLOCATION_LIST.move("spend", held.phase))
    chain = issue(tx, Kind.CHAIN_OF_IDENTITY)
    recipient = tx.change(recipient, phase=phase, chain_of_identity=chain, arm=opened.arm, randomised_at=tx.now)
    band = _issue_band(tx, by, recipient.code, witness=None)
    tx.note(row=row.number, leaf=row.leaf, path=path, root=held.root, length=held.length)
    tx.record("trial:recipient:randomised", recipient.code)
    return RandomisedResult(
        recipient=recipient.code,
        phase=recipient.phase,
        row=row.number,
        chain_of_identity=chain,
        wristband=band.code,
    )


def _level_of(tx: CommandTx, recipient: Recipient) -> str:
    """The level of the stratum, computed from the baseline that eligibility was decided on: nobody chooses it."""
    stratum = queries.study_of(tx, recipient.code).stratum
    decision = tx.one(statements.DECISION, recipient=recipient.code)
    if stratum is None or decision is None:
        return ""
    figures = queries.baseline_figures(tx, recipient.code, tx.get(Baseline, decision.baseline))
    return setup_rules.level_of(stratum, figures)


def _next_row(tx: CommandTx, by: Actor, study: Study, level: str) -> tuple[AllocationRow, AllocationList, list[bytes]]:
    """The next sealed row of a level and its list, both held, and all leaves. Raises Refused where there is none."""
    known = tx.one(statements.LIST_OF, study=study.code)
    if known is None:
        raise Refused("allocation.none", "The list is not committed yet. Ask the study statistician.")
    # Held before the next row is looked for, so that two people at once get two rows.
    held = tx.lock(AllocationList, known.id)
    count = queries.randomised_count(tx, study.code)
    rules.may_randomise(held.committed_by, by.person, count, queries.study_definition(tx, study.code).enrolment)
    row_id = tx.one(statements.NEXT_SEALED, list=held.id, level=level)
    ensure(row_id is not None, "a list is at least as long as the enrolment")
    leaves = [bytes.fromhex(leaf) for leaf in tx.every(statements.LEAVES, list=held.id)]
    return tx.lock(AllocationRow, row_id), held, leaves


class ReplaceWristband(OfRecipient):
    """Two people at the recipient: who signs in, and the witness."""

    witness: Annotated[
        Symbol,
        Field(
            min_length=1,
            max_length=256,
            title="Second person's badge",
            json_schema_extra=scanned(Kind.PERSON, as_printed=True),
        ),
    ]


class WristbandResult(CommandResult):
    """The band that counts now, and the one that does not any more."""

    recipient: str
    wristband: str
    replaced: str | None


@command(event="trial:wristband:replaced", subject="recipient")
def replace_wristband(tx: CommandTx, by: Actor, order: ReplaceWristband) -> WristbandResult:
    """Give a recipient a new wristband in front of a witness. The old one is void at once, wherever it is."""
    recipient = tx.lock(Recipient, order.recipient)
    witness = accounts.witness_of(tx, order.witness, "trial.replace_wristband")
    if witness is None:
        raise Refused(
            "wristband.unknown_witness",
            "This is no live badge of somebody whose work this is. Let another nurse scan theirs.",
        )
    rules.may_replace_wristband(recipient.phase, by.person, witness)
    old = tx.one(statements.LIVE_BAND, recipient=recipient.code)
    replaced = None
    if old is not None:
        held = tx.lock(Wristband, old.code)
        tx.change(held, phase=WRISTBAND.move("replace_wristband", held.phase), voided_at=tx.now)
        replaced = held.code
    band = _issue_band(tx, by, recipient.code, witness)
    tx.note(wristband=band.code, replaced=replaced)
    return WristbandResult(recipient=recipient.code, wristband=band.code, replaced=replaced)


def _issue_band(tx: CommandTx, by: Actor, recipient: str, witness: str | None) -> Wristband:
    return tx.add(
        Wristband(
            code=issue(tx, Kind.WRISTBAND),
            recipient=recipient,
            issued_at=tx.now,
            issued_by=by.person,
            witness=witness,
            phase=WristbandPhase.LIVE,
        )
    )
