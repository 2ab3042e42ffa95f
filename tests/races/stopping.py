"""Events that each count for a stopping rule, judged at one moment: the second pauses the study, and once."""

from collections.abc import Callable
from datetime import timedelta

from cellchain.followup import commands as followup
from cellchain.followup.invariants import INVARIANTS
from cellchain.followup.safety import stopping
from cellchain.followup.safety.commands import assessments
from cellchain.followup.safety.commands import events as reports
from cellchain.followup.safety.queries import counted
from cellchain.ledger.answers import Answer
from cellchain.ledger.run import Call
from cellchain.trial import queries as trial
from cellchain.trial.pauses import queries as pauses
from cellchain.trial.pauses.models import StudyPause
from tests.bedside.world import World
from tests.races.things import recipient

RULE = "two_severe"
SEVERE = {"term": "Stroke", "grade": 3, "seriousness": "disability"}
SUSPECTED = {"relatedness": "possible", "expectedness": "unexpected"}


def one_pause(world: World, at_once: Callable[[World, list[Call]], list[Answer]], count: int) -> None:
    """`count` events reported at once, judged at once: the study is paused by the first that meet the rule."""
    began = world.clock.now() - timedelta(hours=1)
    report = reports.ReportAdverseEvent.model_validate({**SEVERE, "recipient": recipient(world), "onset_at": began})
    before = len(_events(world))
    reported = at_once(world, [world.call("physician1", followup.report_adverse_event, report) for _ in range(count)])
    numbers = [answer.result()["event"] for answer in reported]
    assert len(set(numbers)) == count
    assert not _paused(world), "nobody has judged them yet"

    orders = [assessments.AssessCausality.model_validate({"event": one, **SUSPECTED}) for one in numbers]
    judged = at_once(world, [world.call("physician1", followup.assess_causality, order) for order in orders])
    assert all(answer.done for answer in judged)
    assert len(_events(world)) == before + count
    (pause,) = _paused(world)
    assert (pause.rule, len(pause.events)) == (RULE, 2), "the second event that counted, and not the sixteenth"
    assert len(set(pause.events) & set(numbers)) == 2 - before
    with world.installation.database.read() as tx:
        study = trial.study_definition(tx, pause.study)
        (rule,) = (one for one in study.safety.stopping if one.code == RULE)
        assert stopping.tally(rule, counted(tx, pause.study)).reached == before + count
        assert [one.name for one in INVARIANTS if list(one.check(tx))] == []
    paused = [entry for entry in world.entries() if entry.event == "trial:study:paused"]
    assert sum('"paused_already":true' not in entry.body for entry in paused) == 1


def _events(world: World) -> list[stopping.Counted]:
    """The events that the rule counts."""
    with world.installation.database.read() as tx:
        study = str(world.manifest["study"]["code"])
        (rule,) = (one for one in trial.study_definition(tx, study).safety.stopping if one.code == RULE)
        return [one for one in counted(tx, study) if stopping.counts(rule, one)]


def _paused(world: World) -> list[StudyPause]:
    with world.installation.database.read() as tx:
        return pauses.pauses_of(tx, str(world.manifest["study"]["code"]))
