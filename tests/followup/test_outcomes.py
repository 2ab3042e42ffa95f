"""Outcomes by arm: who sees them, what they say, and the data that are taken out."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

import pytest

from cellchain.followup import commands
from cellchain.followup.invariants import INVARIANTS
from cellchain.followup.outcomes import charts, dataset, package, published, queries, reading
from cellchain.followup.outcomes.taking import take
from cellchain.kernel.errors import NotFound
from cellchain.ledger import merkle
from cellchain.ledger import queries as ledger
from cellchain.ledger.actor import Actor
from cellchain.trial import commands as trial
from cellchain.trial import queries as trial_queries
from tests.factories import House
from tests.followup.story import Course
from tests.followup.test_visit_forms import WALK
from tests.trial.story import NAME, STUDY, forbids, refuses
from tests.trial.test_amendments import amended


@pytest.fixture
def told(course: Course) -> Course:
    """Four recipients at their first visit: three measured, one of them without a walk, and one who died before it."""
    everybody = [course.followed() for _ in range(4)]
    course.do(trial.record_death, by=course.people.coordinator, recipient=everybody[3], account="At home.")
    course.go_to(course.visit(everybody[0]).window_from + timedelta(days=10))
    course.do(commands.mark_missing, by=course.people.coordinator, visit=course.visit(everybody[3]).id, why="died")
    for number, recipient in enumerate(everybody[:3]):
        visit = course.visit(recipient).id or 0
        on = course.house.clock.now().date()
        course.do(commands.record_visit, by=course.people.assessor, visit=visit, visited_on=on)
        course.measure(visit, "fvc", ["2.41", "2.21", "2.50"][number], grade="A")
        if number:
            course.do(commands.record_walk, by=course.people.assessor, visit=visit, **WALK)
    return course


def lock(course: Course) -> None:
    """Every other visit explained, and the data locked."""
    with course.house.read() as tx:
        people = [one.code for one in trial_queries.recipients(tx, STUDY.code)]
    for recipient in people:
        for code in ("month_3", "month_6", "month_9", "month_12"):
            visit = course.visit(recipient, code)
            if visit.phase == "planned":
                course.go_to(max(visit.window_from, course.house.clock.now().date()))
                course.do(commands.mark_missing, by=course.people.coordinator, visit=visit.id, why="site_error")
    course.do(commands.lock_data, by=course.people.statistician, study=STUDY.code)


def page(course: Course, by: Actor) -> queries.OutcomesPage:
    with course.house.read() as tx:
        return queries.outcomes_page(tx, STUDY.code, by, "en")


def rows(course: Course, *, with_arms: bool = True) -> list[dataset.Row]:
    with course.house.read() as tx:
        return dataset.rows(reading.now(tx, STUDY.code, with_arms=with_arms))


def archive(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        return {name: files.read(name) for name in files.namelist()}


def records(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive(content)[f"{STUDY.code}-data.csv"].decode())))


# -- who sees arms -----------------------------------------------------------------------------------------------------


def test_before_the_lock_only_who_may_compare_arms_sees_them(told: Course) -> None:
    assert [group.code for group in page(told, told.people.statistician).groups] == ["MSC", "CONTROL"]
    for by in (told.people.coordinator, told.people.physician, told.people.qa, told.house.actor("sponsor")):
        view = page(told, by)
        assert [(group.code, group.recipients) for group in view.groups] == [(None, 4)]
        assert not view.by_arm


def test_after_the_lock_whoever_reads_outcomes_sees_them(told: Course) -> None:
    lock(told)
    for by in (told.people.coordinator, told.house.actor("sponsor"), told.house.actor("inspector")):
        assert page(told, by).by_arm


def test_an_assessor_never_does_whatever_else_they_may(told: Course) -> None:
    lock(told)
    for roles in (("assessor",), ("assessor", "statistician"), ("assessor", "coordinator")):
        view = page(told, told.house.actor(*roles))
        assert not view.by_arm
        assert "CONTROL" not in repr(view)


def test_an_assessor_may_not_take_data_out(told: Course) -> None:
    for by in (told.people.assessor, told.people.coordinator, told.people.physician):
        with forbids():
            told.do(commands.export_data, by=by, study=STUDY.code)


# -- what they say -----------------------------------------------------------------------------------------------------


def test_the_summary_of_all_three(told: Course) -> None:
    """Baseline 2.31 L each: changes +0.10, -0.10 and +0.19, mean 0.0633, SD 0.1484, half-width 4.303 · SD / √3."""
    fvc = page(told, told.people.coordinator).outcomes[0]
    (cell,), (missing,) = fvc.lines[1].cells, fvc.lines[1].missing
    assert (cell.changes.n, str(round(cell.changes.mean or 0, 4)), str(round(cell.changes.sd or 0, 4))) == (
        3,
        "0.0633",
        "0.1484",
    )
    assert (round(float(cell.changes.low or 0), 3), round(float(cell.changes.high or 0), 3)) == (-0.305, 0.432)
    assert str(round(cell.relative or 0, 2)) == "2.73"
    assert (missing.expected, missing.measured, missing.reasons) == (4, 3, (("died", 1),))


def test_a_test_without_an_acceptable_try_counts_in_no_summary_and_stays_in_the_data(told: Course) -> None:
    """The third is corrected to grade F: the changes +0.10 and -0.10 are left."""
    (third,) = [row for row in rows(told) if row.value == 250 and row.outcome.code == "fvc"]
    told.measure(told.visit(third.recipient).id or 0, "fvc", "2.50", grade="F", why="Read again: no try holds.")
    fvc = page(told, told.people.coordinator).outcomes[0]
    (cell,), (missing,) = fvc.lines[1].cells, fvc.lines[1].missing
    assert (cell.values.n, cell.changes.n, round(cell.changes.mean or 0, 4)) == (2, 2, 0)
    assert (missing.measured, missing.reasons) == (2, (("died", 1), ("unusable", 1)))
    assert [(row.value, row.counts) for row in rows(told) if row.of_measurement("grade") == "F"] == [(250, False)]


def test_what_is_missing_is_told_by_reason_visit_and_arm(told: Course) -> None:
    walk = next(one for one in page(told, told.people.coordinator).outcomes if one.code == "six_minute_walk")
    assert walk.lines[1].missing[0].reasons == (("died", 1), ("not_entered", 1))
    assert walk.lines[2].missing[0].reasons == (("not_due", 4),)
    by_arm = next(one for one in page(told, told.people.statistician).outcomes if one.code == "six_minute_walk")
    of_arms = [sum(dict(missing.reasons).values()) for missing in by_arm.lines[1].missing]
    assert sum(of_arms) == 2


def test_a_visit_that_was_not_due_is_said_so_and_no_other(told: Course) -> None:
    with told.house.read() as tx:
        recipient = trial_queries.recipients(tx, STUDY.code)[0].code
    ahead = told.visit(recipient, "month_12").id
    told.do(commands.mark_missing, by=told.people.coordinator, visit=ahead, why="not_due")
    told.go_to(told.visit(recipient, "month_6").window_from)
    with refuses("visit.is_due"):
        visit = told.visit(recipient, "month_6").id
        told.do(commands.mark_missing, by=told.people.coordinator, visit=visit, why="not_due")


def test_the_time_course_has_a_line_an_interval_and_a_shape_for_each_arm(told: Course) -> None:
    course = page(told, told.people.statistician).outcomes[0].course
    assert course is not None
    assert [one.shape for one in course.courses] == [0, 1]
    assert sum(len(one.marks) for one in course.courses) >= 1
    assert [week for _, week in course.weeks] == [0, 13, 26, 39, 52]


def test_a_course_holds_its_intervals_and_the_line_of_no_change() -> None:
    one = charts.Reading(13, *(Decimal(value) for value in ("0.1", "-0.4", "0.6")))
    found = charts.time_course([("A", [one]), ("B", [])], [13, 26])
    assert found is not None
    (mark,) = found.courses[0].marks
    assert charts.TOP <= (mark.y_high or 0) < mark.y < (mark.y_low or 0) <= charts.BOTTOM
    assert mark.y < found.zero < (mark.y_low or 0)
    assert charts.time_course([("A", [])], [13]) is None


# -- published before --------------------------------------------------------------------------------------------------


def test_what_was_published_stands_with_its_source_and_disagreement_is_said(told: Course) -> None:
    view = page(told, told.people.coordinator)
    fvc = view.findings[0]
    assert fvc.disagrees
    assert {(one.treated, one.control) for one in fvc.results} == {("+7.8", "−5.9"), ("−4.3", "−13.2")}
    assert {one.source.doi for one in fvc.results} == {
        "10.1002/sctm.19-0037",
        "10.1183/13993003.congress-2019.PA1297",
    }
    assert not any(one.disagrees for one in view.findings[1:])
    assert published.findings("NCT00000000") == ()


# -- data taken out ----------------------------------------------------------------------------------------------------


def test_the_ledger_tells_the_same_data_as_the_tables(told: Course) -> None:
    with told.house.read() as tx:
        live = reading.now(tx, STUDY.code, with_arms=True)
        source, _ = reading.as_of(tx, STUDY.code, reading.last_entry(tx), with_arms=True)
    assert package.data(source) == package.data(live)
    assert package.dictionary(source) == package.dictionary(live)


def test_the_locked_set_is_rebuilt_byte_for_byte_after_it_changed(told: Course) -> None:
    """Export, unlock, change, export again: the first is still there to be had, through the page and at the machine."""
    lock(told)
    done = told.do(commands.export_data, by=told.people.statistician, study=STUDY.code)
    assert told.last_entry().event == "followup:data:exported"
    with told.house.read() as tx:
        first = package.package(*reading.as_of(tx, STUDY.code, done["as_of"], with_arms=True))
    told.do(commands.unlock_data, by=told.people.statistician, study=STUDY.code, why="A value was swapped.")
    changed = next(row for row in rows(told) if row.status == "measured" and row.measurement)
    visit = changed.of_measurement("visit")
    told.measure(visit, "fvc", "1.99", why="Digits were swapped on the form.")
    second = take(told.house.database, told.house.runner, STUDY.code, None, with_arms=True)
    again = take(told.house.database, told.house.runner, STUDY.code, done["as_of"], with_arms=True)
    assert again.content == first
    assert second.content != first
    assert told.last_entry().event == "followup:data:exported"
    about = json.loads(archive(first)["about.json"])
    assert (about["ledger_entry"], about["data_locked"], about["arms"]) == (done["as_of"], True, True)
    with told.house.read() as tx:
        assert about["ledger_root_rfc6962_sha256"] == merkle.root(ledger.hashes(tx, upto=done["as_of"])).hex()
    for name, digest in about["sha256"].items():
        assert sha256(archive(first)[name]).hexdigest() == digest


def test_every_row_is_a_recipient_a_visit_and_an_outcome(told: Course) -> None:
    found = records(take(told.house.database, told.house.runner, STUDY.code, None, with_arms=True).content)
    keys = [(one["recipient"], one["visit"], one["outcome"]) for one in found]
    assert len(keys) == len(set(keys)) == 4 * 5 * 4
    assert {one["arm"] for one in found} == {"MSC", "CONTROL"}
    one = next(row for row in found if row["visit"] == "month_3" and row["value"] == "2.21")
    assert (one["change"], one["change_percent"], one["baseline"], one["unit"]) == ("-0.10", "-4.3", "2.31", "L")
    assert (one["days_outside"], one["week"], one["scheduled"]) == ("0", "13", "yes")
    assert (one["grade"], one["corrected"], one["source_verified"]) == ("A", "no", "no")
    assert float(one["percent_predicted"]) == pytest.approx(
        float(one["value"]) / float(one["predicted"]) * 100, abs=0.1
    )
    walk = next(row for row in found if row["value"] == "348" and row["oxygen"])
    assert (walk["oxygen"], walk["spo2_rest"], walk["spo2_lowest"], walk["borg_end"]) == ("2.500", "94", "86", "4.0")


def test_the_baseline_has_its_predicted_value_like_any_other_row(told: Course) -> None:
    found = records(take(told.house.database, told.house.runner, STUDY.code, None, with_arms=True).content)
    bases = [row for row in found if row["visit"] == "baseline"]
    for row in bases:
        computed = row["outcome"] != "six_minute_walk"
        assert bool(row["predicted"]) == bool(row["z_score"]) == bool(row["lower_limit"]) == computed, row
        if computed:
            share = float(row["value"]) / float(row["predicted"]) * 100
            assert float(row["percent_predicted"]) == pytest.approx(share, abs=0.1)
            assert row["height"] == "1725"
    assert {row["equation"].partition(",")[0] for row in bases} == {"", "GLI Global 2022", "GLI 2017 TLCO"}


def test_an_export_from_before_an_amendment_is_told_by_the_version_of_then(told: Course) -> None:
    """Its rows, its dictionary and the hash of its definition; and the next export is told by the new one."""
    first = take(told.house.database, told.house.runner, STUDY.code, None, with_arms=False)
    changed = amended().replace('measures = ["fvc", "fev1", "dlco", "six_minute_walk"]', 'measures = ["fvc"]')
    text = told.do(trial.import_amendment, by=told.people.coordinator, study=STUDY.code, definition=changed)
    fields = {"study": STUDY.code, "version": text["version"]}
    told.do(trial.make_amendment_effective, by=told.people.statistician, **fields)
    again = take(told.house.database, told.house.runner, STUDY.code, first.entry, with_arms=False)
    after = take(told.house.database, told.house.runner, STUDY.code, None, with_arms=False)
    assert again.content == first.content
    hashes = [json.loads(archive(one.content)["about.json"])["definition_sha256"] for one in (first, after)]
    assert hashes[0] == STUDY.hash != hashes[1]
    assert len(records(after.content)) < len(records(first.content))
    # What was measured before the amendment is told after it, and `verify` finds nothing wrong with it.
    kept = {(row["recipient"], row["visit"], row["outcome"]) for row in records(after.content)}
    values = [row for row in records(first.content) if row["value"] and row["visit"] != "baseline"]
    assert {(row["recipient"], row["visit"], row["outcome"]) for row in values} <= kept
    with told.house.read() as tx:
        assert [one.name for one in INVARIANTS if list(one.check(tx))] == []


def test_the_dictionary_tells_every_column(told: Course) -> None:
    files = archive(take(told.house.database, told.house.runner, STUDY.code, None, with_arms=False).content)
    said = list(csv.DictReader(io.StringIO(files[f"{STUDY.code}-dictionary.csv"].decode())))
    heads = files[f"{STUDY.code}-data.csv"].decode().splitlines()[0].split(",")
    assert [one["name"] for one in said] == heads
    assert all(one["meaning"].endswith(".") and one["type"] in ("text", "integer", "decimal") for one in said)


def test_no_identity_and_no_calendar_date_is_among_the_data(told: Course) -> None:
    files = archive(take(told.house.database, told.house.runner, STUDY.code, None, with_arms=False).content)
    said = files[f"{STUDY.code}-data.csv"].decode()
    assert NAME not in said
    assert "1962" not in said
    assert "2026-" not in said
    assert "MSC," not in said.replace(f"{STUDY.code},", "")
    assert not json.loads(files["about.json"])["arms"]


def test_a_text_is_no_formula_and_a_negative_number_is_a_number() -> None:
    said = package.table([["=1+1", "+2", "@x", "plain", -3, Decimal("-0.10"), None, True]]).decode().strip()
    assert said == "'=1+1,'+2,'@x,plain,-3,-0.10,,yes"


def test_an_entry_that_is_not_there(told: Course) -> None:
    with refuses("export.no_such_entry"):
        told.do(commands.export_data, by=told.people.statistician, study=STUDY.code, as_of=10**9)
    with refuses("export.no_such_entry"):
        take(told.house.database, told.house.runner, STUDY.code, 10**9, with_arms=False)


def test_before_the_study_there_are_no_data_of_it(told: Course) -> None:
    with pytest.raises(NotFound), told.house.read() as tx:
        reading.as_of(tx, STUDY.code, 1, with_arms=False)


def test_an_unknown_study(told: Course) -> None:
    with refuses("study.unknown"):
        told.do(commands.export_data, by=told.people.statistician, study="NO-SUCH")


def test_verify_still_finds_everything_in_order(told: Course, house: House) -> None:
    with house.read() as tx:
        assert [one.name for one in INVARIANTS if list(one.check(tx))] == []
