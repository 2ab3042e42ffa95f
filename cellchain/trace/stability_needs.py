"""Time points of the banks' stability plans: vials to pull, samples to test, and what was missed."""

from collections.abc import Iterator

from cellchain.kernel.text import T
from cellchain.quality.rules.stability import WAITING, Standing
from cellchain.quality.stability import pages
from cellchain.quality.stability.pages import BankLine, Point
from cellchain.quality.stability.queries import studies
from cellchain.trace.situation import Need, Situation, until
from cellchain.web.format import grouped

ROWS_MAX = 40


def to_pull(at: Situation) -> Iterator[Need]:
    """Vials that are due, for the laboratory: until the window closes, in red once the day itself has passed."""
    for line, point in _points(at):
        if point.standing in WAITING:
            status, words = until(at.tx, point.window.due_on)
            yield Need(
                status,
                point.window.due_on,
                words,
                T("Pull a vial of bank {lot} for stability.", lot=grouped(line.lot.code)),
                f"/quality/stability/{line.lot.code}",
                T("Open stability"),
                T("{months} months. The window closes {day}.", months=point.month, day=point.window.closes_on),
            )


def to_test(at: Situation) -> Iterator[Need]:
    """Samples that were pulled and are not tested yet, for whoever tests."""
    for line, point in _points(at):
        started = {result.test for result in point.results}
        if point.standing is Standing.TESTING and any(limit.test not in started for limit in point.asked):
            status, words = until(at.tx, point.window.closes_on)
            yield Need(
                status,
                point.window.closes_on,
                words,
                T("Test the stability sample of bank {lot}.", lot=grouped(line.lot.code)),
                f"/quality/samples/{next(pull.sample for pull in point.pulls if pull.sample)}",
                T("Open sample"),
                T("{months} months.", months=point.month),
            )


def to_answer_for(at: Situation) -> Iterator[Need]:
    """What QA has to know: time points that are due, and those missed of which nobody has said why."""
    for line, point in _points(at):
        lot, closes_on = grouped(line.lot.code), point.window.closes_on
        if point.standing in WAITING:
            overdue = point.standing is Standing.OVERDUE
            due = T("A stability vial of bank {lot} is due.", lot=lot)
            sentence = T("A stability vial of bank {lot} is overdue.", lot=lot) if overdue else due
            detail = T("{months} months. The window closes {day}.", months=point.month, day=closes_on)
        elif point.standing is Standing.MISSED and point.missed is None:
            sentence = T("A stability time point of bank {lot} was missed.", lot=lot)
            detail = T("{months} months. Its window closed {day}.", months=point.month, day=closes_on)
        else:
            continue
        status, late = until(at.tx, point.window.due_on)
        href = f"/quality/stability/{line.lot.code}"
        yield Need(status, point.window.due_on, late, sentence, href, T("Open stability"), detail)


def _points(at: Situation) -> Iterator[tuple[BankLine, Point]]:
    for study in studies(at.tx)[:ROWS_MAX]:
        line = pages.line_of(at.tx, study.lot)
        if line is not None:
            yield from ((line, point) for point in line.points)
