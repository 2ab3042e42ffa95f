"""A licence ends: nothing of ISBT 128 is read any more, and the bindings wait."""

from cellchain.labels.licensed import commands
from tests.labels.licensed.site import DIN, DONATION, OURS, Site
from tests.trial.story import forbids, refuses


def test_off_again(site: Site) -> None:
    site.on()
    site.bind()
    assert site.off() == {"phase": "switched_off", "facility": OURS}
    assert site.house.entries()[-1].event == "labels:isbt:registration_ended"
    assert site.found(DIN) == "isbt.off"
    site.on()
    assert site.found(DIN) == DONATION


def test_what_is_off_is_not_switched_off(site: Site) -> None:
    with refuses("isbt_scheme.phase"):
        site.off()


def test_not_for_others(site: Site) -> None:
    site.on()
    with forbids():
        site.do(commands.end_registration, by=site.qa, reason="No.")
