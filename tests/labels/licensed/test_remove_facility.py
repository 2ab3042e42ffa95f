"""A facility admitted by mistake, or that sends nothing more, is removed with a reason, and may be admitted again."""

import pytest

from cellchain.kernel.errors import NotFound
from cellchain.labels.licensed import commands, queries
from tests.labels.licensed.site import DONATION, THEIRS, Site
from tests.trial.story import forbids

FOREIGN = f"={THEIRS}2600000100"
REASON = "Nothing arrives from there any more."


def removed(site: Site, facility: str = THEIRS) -> None:
    """Remove a facility."""
    site.do(commands.remove_facility, by=site.administrator, facility=facility, reason=REASON)


def others(site: Site) -> list[str]:
    """The other facilities whose numbers are read."""
    with site.house.read() as tx:
        return [one.facility for one in queries.facilities(tx)]


def test_their_numbers_are_read_no_longer(site: Site) -> None:
    site.on()
    site.admit()
    site.bind(FOREIGN)
    removed(site)
    assert site.found(FOREIGN) == "isbt.unknown_facility"
    assert others(site) == []
    entry = site.house.entries()[-1]
    assert (entry.event, entry.subject) == ("labels:isbt:facility_removed", THEIRS)


def test_admitted_again_their_numbers_stand_for_what_they_did(site: Site) -> None:
    site.on()
    site.admit()
    site.bind(FOREIGN)
    removed(site)
    site.admit()
    assert site.found(FOREIGN) == DONATION
    assert others(site) == [THEIRS]


def test_also_while_it_is_off(site: Site) -> None:
    site.on()
    site.admit()
    site.off()
    removed(site)
    site.on()
    assert site.found(FOREIGN) == "isbt.unknown_facility"


def test_what_was_never_admitted_or_is_removed_already(site: Site) -> None:
    site.on()
    with pytest.raises(NotFound) as refusal:
        removed(site)
    assert refusal.value.code == "isbt.facility_not_admitted"
    site.admit()
    removed(site)
    with pytest.raises(NotFound) as refusal:
        removed(site)
    assert refusal.value.code == "isbt.facility_not_admitted"


def test_not_for_others(site: Site) -> None:
    site.on()
    site.admit()
    with forbids():
        site.do(commands.remove_facility, by=site.qa, facility=THEIRS, reason=REASON)
