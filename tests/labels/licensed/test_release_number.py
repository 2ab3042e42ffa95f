"""A number bound by mistake is taken back with a reason, and may be bound again."""

import pytest

from cellchain.kernel.errors import NotFound
from cellchain.labels.licensed import commands
from tests.labels.licensed.site import DIN, DONATION, OTHER_DONATION, Site
from tests.trial.story import forbids

REASON = "Bound to the wrong donation."


def test_released_and_bound_again(site: Site) -> None:
    site.on()
    site.bind()
    told = site.do(commands.release_number, by=site.qa, thing=DONATION, reason=REASON)
    assert told == {"thing": None, "shown": "G1234 17 654321 A"}
    assert site.house.entries()[-1].event == "labels:isbt:number_released"
    assert site.found(DIN) == "isbt.number_unknown"
    site.bind(DIN, OTHER_DONATION)
    assert site.found(DIN) == OTHER_DONATION


def test_what_has_no_number(site: Site) -> None:
    site.on()
    with pytest.raises(NotFound) as refusal:
        site.do(commands.release_number, by=site.qa, thing=DONATION, reason=REASON)
    assert refusal.value.code == "isbt.no_number"


def test_not_for_who_binds(site: Site) -> None:
    site.on()
    site.bind()
    with forbids():
        site.do(commands.release_number, thing=DONATION, reason=REASON)
