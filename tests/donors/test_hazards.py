"""What labels say of a donor's screening."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cellchain.donors import describe, hazards
from cellchain.donors.hazards import Hazard, hazard_of
from cellchain.donors.rules.lifecycles import Marker, MarkerResult
from cellchain.donors.rules.screening import MarkerFacts
from cellchain.labels import design, render
from tests.donors.story import CLEAR, DonorStory

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def found(marker: Marker, result: MarkerResult, *, days: int = 0) -> MarkerFacts:
    return MarkerFacts(marker, result, AT + timedelta(days=days), AT + timedelta(days=days + 1), "PS012600000747")


def results(*, but: dict[Marker, MarkerResult | None] | None = None) -> tuple[MarkerFacts, ...]:
    """All negative but those named; None leaves one out."""
    each = dict.fromkeys(Marker, MarkerResult.NEGATIVE) | (but or {})
    return tuple(found(marker, result) for marker, result in each.items() if result is not None)


def test_nothing_is_said_where_everything_is_negative() -> None:
    assert hazard_of([results(), results()]) == Hazard()
    assert hazard_of([]).said("en") == hazard_of([results()]).said("ru") == ""


def test_what_is_positive_missing_or_awaited_is_said() -> None:
    hazard = hazard_of(
        [results(but={Marker.HBV: MarkerResult.POSITIVE, Marker.SYPHILIS: MarkerResult.PENDING, Marker.CMV: None})]
    )
    assert hazard == Hazard((Marker.HBV,), (Marker.SYPHILIS, Marker.CMV))
    assert hazard.said("en") == "Positive: HBV. Not evaluated: syphilis, CMV"
    assert hazard.said("ru") == "Положительно: ВГВ. Не исследовано: сифилис, ЦМВ"
    assert hazard.said("en", briefly=True) == "Pos.: HBV. Not eval.: syph., CMV"
    assert hazard.said("ru", briefly=True) == "Полож.: ВГВ. Не иссл.: сиф., ЦМВ"


def test_one_donor_of_several_is_enough() -> None:
    positive, untested = results(but={Marker.HIV: MarkerResult.POSITIVE}), results(but={Marker.HIV: None})
    assert hazard_of([results(), positive, untested]) == Hazard((Marker.HIV,), ())
    assert hazard_of([results(), untested]) == Hazard((), (Marker.HIV,))
    assert hazard_of([()]).not_evaluated == tuple(Marker)


def test_the_newest_sample_counts() -> None:
    later = found(Marker.HCV, MarkerResult.POSITIVE, days=9)
    assert hazard_of([(*results(), later)]) == Hazard((Marker.HCV,), ())


@pytest.mark.parametrize("language", ["en", "ru", "both"])
def test_a_harvest_bag_warns(story: DonorStory, language: design.Language) -> None:
    story.house.database.house = replace(story.house.database.house, site_name="Example Clinic, Moscow")
    donor = story.eligible()
    answer = story.harvest(donor)
    with story.house.read() as tx:
        assert not any(
            name.startswith(hazards.FIELD) for name in describe.label(tx, answer["container"], "harvest_bag").fields
        )
    story.house.clock.advance(timedelta(days=3))
    story.screen(donor, days_ago=1, **CLEAR | {"hbv": "positive"})
    with story.house.read() as tx:
        fields = describe.label(tx, answer["container"], "harvest_bag").fields
    assert fields["biohazard.en"] == "Positive: HBV"
    assert render.pdf(
        design.load("harvest_bag"), {**fields, "label_code": "LB012600031103"}, language=language, demonstration=True
    )
