"""The definition file: what it says of the trial, and what a file may not say."""

import pytest

from cellchain.kernel import canonical
from cellchain.kernel.errors import Invalid
from cellchain.trial import definition
from tests.trial.story import DEFINITION_TEXT, STUDY


def test_the_first_study_says_what_the_sources_say() -> None:
    assert STUDY.registry_id == "NCT02594839"
    assert STUDY.enrolment == 20
    assert STUDY.masking == "none"
    assert [(arm.code, arm.content, arm.ratio) for arm in STUDY.arms] == [("MSC", "msc", 1), ("CONTROL", "saline", 1)]
    assert (STUDY.schedule.courses, STUDY.schedule.doses_in_course, STUDY.schedule.infusions) == (4, 2, 8)
    assert STUDY.schedule.infusions * STUDY.product.dose_cells_count == 1_600_000_000
    assert (STUDY.product.dose_cells_least, STUDY.product.dose_cells_most) == (180_000_000, 220_000_000)
    assert STUDY.product.volume_ml == 400
    assert (STUDY.planned_minutes_least, STUDY.bedside.planned_minutes_most) == (120, 480)
    assert STUDY.bedside.check_window_minutes == 15
    assert [(visit.month, visit.week, visit.window_weeks) for visit in STUDY.visits[1:]] == [
        (3, 13, 2),
        (6, 26, 2),
        (9, 39, 2),
        (12, 52, 2),
    ]
    assert [outcome.code for outcome in STUDY.outcomes if outcome.primary] == ["serious_adverse_events"]


def test_it_survives_being_stored() -> None:
    again = definition.from_document(STUDY.document)
    assert again == STUDY
    assert again.hash == STUDY.hash == canonical.digest(STUDY.document)


def test_no_block_size_stands_in_the_file() -> None:
    assert "block" not in DEFINITION_TEXT.replace("Block sizes of the allocation stand in no file", "").lower()


def test_every_text_has_both_languages() -> None:
    for words in (
        STUDY.title,
        STUDY.arms[0].name,
        STUDY.visits[0].title,
        *(one.title for one in STUDY.eligibility.questions),
    ):
        assert words.say("ru") != words.say("en")


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ('code = "MSC-ILD"\n', 'code = "msc ild"\n', "code"),
        ("enrolment = 20 ", "enrolment = 0 ", "enrolment"),
        ("enrolment = 20 ", "enrolment = 20.5 ", "whole numbers"),
        ('masking = "none" ', 'masking = "perhaps" ', "masking"),
        ("[schedule]\n", "[schedule]\nsurprise = 1\n", "schedule.surprise"),
        ('content = "saline"', 'content = "marrow"', "msc or saline"),
        ('code = "CONTROL"\n', 'code = "MSC"\n', "a code is used once"),
        ('measures = ["fvc", ', 'measures = ["fev6", ', "no outcome"),
        ("rate_highest_ml_h = 200 ", "rate_highest_ml_h = 20 ", "longest planned time"),
        ("shelf_life_minutes = 360 ", "shelf_life_minutes = 90 ", "keeps longer"),
        ("until_minutes = 0\n", "until_minutes = -90\n", "ends after it begins"),
        ("at_least = 40\n", "", "bounds its measure"),
        ("[product]\n", "[product\n", "not TOML"),
    ],
)
def test_a_file_that_does_not_hold_is_refused_by_name(before: str, after: str, place: str) -> None:
    assert before in DEFINITION_TEXT
    with pytest.raises(Invalid) as invalid:
        definition.parse(DEFINITION_TEXT.replace(before, after, 1))
    assert place in str(invalid.value.fields["definition"])
