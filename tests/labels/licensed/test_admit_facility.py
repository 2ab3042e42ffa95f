"""Numbers of another facility are read once it was admitted by name."""

import pytest
from pydantic import ValidationError

from cellchain.labels.licensed import commands
from tests.labels.licensed.site import OURS, THEIRS, Site
from tests.trial.story import forbids, refuses

FOREIGN = f"={THEIRS}2600000100"


def test_their_numbers_are_read(site: Site) -> None:
    site.on()
    assert site.found(FOREIGN) == "isbt.unknown_facility"
    site.admit()
    assert site.found(FOREIGN) == "isbt.number_unknown"
    entry = site.house.entries()[-1]
    assert (entry.event, entry.subject) == ("labels:isbt:facility_admitted", THEIRS)


def test_while_it_is_off_nobody_is_admitted(site: Site) -> None:
    with refuses("isbt.off"):
        site.admit()


@pytest.mark.parametrize(("facility", "code"), [(OURS, "isbt.facility_known"), ("A9999", "isbt.demonstration_number")])
def test_which_facility_is_refused(site: Site, facility: str, code: str) -> None:
    site.on()
    with refuses(code):
        site.admit(facility)
    site.admit(THEIRS)
    with refuses("isbt.facility_known"):
        site.admit(THEIRS)


@pytest.mark.parametrize("facility", ["", "O1234", "W123", "W12345", "w1234", "W 123"])
def test_a_facility_number_has_its_form(facility: str) -> None:
    with pytest.raises(ValidationError):
        commands.AdmitFacility(facility=facility, name="Example")


def test_not_for_others(site: Site) -> None:
    site.on()
    with forbids():
        site.do(commands.admit_facility, by=site.technician, facility=THEIRS, name="Example")
