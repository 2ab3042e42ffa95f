"""What came before a test that is done again."""

from cellchain.platform.db import ReadTx
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.models import Result
from cellchain.quality.queries.testing import same_test
from cellchain.quality.rules.investigations import PriorInvestigation, RetestFacts, analysts_of, concerns
from cellchain.quality.rules.lifecycles import REPLACED, Outcome, ResultPhase, Stage


def retest_facts(tx: ReadTx, lot: str, test: str, stage: Stage, sample: str) -> RetestFacts:
    """Failures, investigations and retests of one test of a lot so far."""
    rows = [row for row in same_test(tx, lot, test, stage) if concerns(stage, sample, row.sample)]
    found = investigations.same_test(investigations.investigations_of(tx, lot), test=test, stage=stage, sample=sample)
    by_number = {row.id: row for row in rows}
    return RetestFacts(
        failed_open=any(row.outcome is Outcome.FAILED and row.phase is ResultPhase.ENTERED for row in rows),
        investigations=tuple(
            PriorInvestigation(
                number=one.number,
                phase=one.phase,
                conclusion=one.conclusion,
                retests_max=one.retests_max,
                retests_planned=one.retests_planned,
                analysts=analysts_of(one.analyst, by_number[one.result].started_by),
            )
            for one in found
        ),
        done_count=max((row.retest for row in rows), default=0),
    )


def retests_of(tx: ReadTx, lot: str, test: str, stage: Stage, sample: str) -> list[Result]:
    """The retests of one test that stand, in their order."""
    rows = same_test(tx, lot, test, stage)
    return [row for row in rows if row.retest and row.phase not in REPLACED and concerns(stage, sample, row.sample)]
