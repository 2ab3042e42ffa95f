"""Training, the review of access, stations."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from cellchain.accounts import commands, queries
from tests.accounts.story import Office
from tests.trial.story import forbids, refuses


def test_training_is_recorded_after_it_took_place(office: Office) -> None:
    person = office.person(secret=False)
    today = office.house.clock.now().date()
    fields = {"person": person, "topic": "Aseptic work"}
    office.do(commands.record_training, by=office.qa, **fields, trained_on=today)
    with refuses("training.in_future"):
        office.do(commands.record_training, by=office.qa, **fields, trained_on=today + timedelta(days=1))
    with forbids():
        office.do(commands.record_training, by=office.house.actor("technician"), **fields, trained_on=today)
    with office.house.read() as tx:
        assert [one.topic for one in tx.every(queries.TRAININGS, person=person)] == ["Aseptic work"]


def test_a_station_enrolled_again_has_another_cookie(office: Office) -> None:
    token = office.station("bench-1")
    assert office.gate.station_of(token) == "bench-1"
    assert office.gate.station_of("another") is None
    assert office.gate.station_of(None) is None
    office.do(commands.enrol_station, station="bench-1", kind="office", token_hash="0" * 64)
    assert office.gate.station_of(token) is None
    with forbids():
        office.do(commands.enrol_station, by=office.qa, station="bench-2", kind="bench", token_hash="0" * 64)
    with pytest.raises(ValidationError):
        office.do(commands.enrol_station, station="Bench 1", kind="bench", token_hash="0" * 64)
