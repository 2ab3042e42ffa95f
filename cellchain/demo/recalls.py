"""A recall that was practised, and the end of one that was earnest: listed, acknowledged, counted, closed."""

from collections.abc import Sequence
from datetime import timedelta

from cellchain.demo.stage import Stage
from cellchain.quality import commands as quality
from cellchain.quality.doubts.queries import standing_doubts
from cellchain.quality.recalls import queries
from cellchain.quality.recalls.rules import Audience
from cellchain.trace.recalls.letters import posted
from cellchain.trace.recalls.pages import recall_page

READERS = {Audience.SPONSOR: "sponsor1", Audience.PHYSICIAN: "physician1", Audience.QA: "qa2"}


def write(stage: Stage, recall: int) -> None:
    """QA sends the letters of a recall that are read in the house, and writes down that the authority was told."""
    with stage.installation.database.read() as tx:
        page = recall_page(tx, recall, stage.people["qa1"])
        pairs = [(one.letter.key, one.digest) for one in posted(tx, page) if one.is_to_send]
    stage.do("qa1", quality.send_letters, recall=recall, to=[to for to, _ in pairs], digests=[one for _, one in pairs])
    stage.do(
        "qa1",
        quality.record_letter,
        recall=recall,
        to="authority",
        sent_on=stage.today(),
        reference="Demonstration: register of letters, 12",
        told_by="S. Sample, for the sponsor",
    )


def practise(stage: Stage, root: str) -> None:
    """QA practises a recall from `root`; whoever is told acknowledges it, and another person of QA closes it."""
    reason = "Demonstration: the yearly exercise, a donor with a late marker."
    made = stage.do("qa1", quality.start_recall, kind="exercise", root=root, reason=reason)
    stage.wait(seconds=4)
    stage.do("qa1", quality.list_recall, recall=made["recall"])
    stage.wait(minutes=35)
    with stage.installation.database.read() as tx:
        left = queries.scope_of(tx, root).left
    finish(stage, made["recall"], left, "Demonstration: all was found. One phone number in the list was old.")


def excuse(stage: Stage, lot: str) -> None:
    """The culture of a recalled sibling was never read: QA decides that `lot` may be released all the same."""
    with stage.installation.database.read() as tx:
        doubts = standing_doubts(tx, lot)
    for doubt in doubts:
        stage.do(
            "qa1",
            quality.decide_doubt,
            result=doubt.result,
            lot=lot,
            reason="Demonstration: the lot was recalled and its culture thrown away; the bank's own test was negative.",
            expires_at=stage.clock.now() + timedelta(days=2),
        )


def finish(stage: Stage, recall: int, found: Sequence[str], conclusion: str) -> None:
    """Everybody acknowledges, what was found is set apart, and the recall is closed."""
    with stage.installation.database.read() as tx:
        alerts = queries.alerts_of(tx, recall=recall)
    for row in alerts:
        stage.do(READERS[row.audience], quality.acknowledge_alert, alert=row.id)
    if found:
        stage.do("technician1", quality.account_for, recall=recall, subjects=list(found), place="Quarantine shelf")
    stage.wait(minutes=20)
    stage.do("qa2", quality.close_recall, recall=recall, conclusion=conclusion)
