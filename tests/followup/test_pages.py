"""What the pages say, and what they keep from who reads blind."""

from cellchain.bedside.infusions import queries as bedside
from cellchain.followup import queries
from cellchain.trial import queries as trial
from tests.followup import pages
from tests.followup.story import Course

TELLING = ("Possible", "Probable", "Unexpected", "Expected", "15-day", "7-day", "24-hour", "Reporting clock")


def test_an_assessor_reads_nothing_that_tells_an_arm(course: Course) -> None:
    recipient, infusion = pages.told(course)
    with course.house.read() as tx:
        view = queries.recipient_followup(tx, recipient, course.people.assessor)
        work = queries.worklist(tx, course.people.assessor)
        arm = trial.arm_of(tx, recipient, course.people.statistician)
    assert len(view.events) == 3
    for event in view.events:
        assert (event.infusion, event.relatedness, event.expectedness, event.clocks) == (None, None, None, ())
    assert work.clocks == ()
    html = pages.recipient_page(course, recipient, course.people.assessor)
    html += pages.worklist_page(course, course.people.assessor)
    with course.house.read() as tx:
        (given,) = bedside.infusions_of(tx, recipient)
    said = html + repr(view) + repr(work)
    for telling in (*TELLING, "possible'", "unexpected'", "investigator", f"{arm}'", f">{arm}<", given.bag, "LT01"):
        assert telling not in said, telling
    assert "Arm hidden" in html
    assert str(infusion) not in html


def test_who_may_read_everything_sees_causes_clocks_and_charts(course: Course) -> None:
    recipient, _ = pages.told(course)
    html = pages.recipient_page(course, recipient, course.people.physician)
    for said in ("is due.", "+0.10", "DLCO missing", "unable", "15-day report", "Possible", "Unexpected"):
        assert said in html, said
    assert "Arm hidden" not in html
    assert html.count('class="chart"') == 4
    assert html.count('class="miss"') == 1
    assert "CONTROL" not in html
    work = pages.worklist_page(course, course.people.physician)
    assert "Haemoptysis" in work
    assert "Submit now" in work


def test_a_nurse_sees_the_first_report_and_no_judgement(course: Course) -> None:
    recipient, _ = pages.told(course)
    with course.house.read() as tx:
        view = queries.recipient_followup(tx, recipient, course.people.nurse)
    assert {clock.kind for event in view.events for clock in event.clocks} == {"investigator_24h"}
    assert {event.relatedness for event in view.events} == {None}
