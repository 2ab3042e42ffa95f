"""Days and clocks: the site's in every zone, over the nights in which clocks change, over 29 February and a restart."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import Role
from cellchain.bedside.infusions import queries as bedside
from cellchain.donors.rules.donor import DonorFacts
from cellchain.donors.rules.lifecycles import DonorPhase
from cellchain.kernel.clock import SimulatedClock
from cellchain.kernel.errors import Refused
from cellchain.labels.render import local_text, utc_text
from cellchain.ledger.actor import Actor
from cellchain.main import create_app, open_installation, opened
from cellchain.materials import queries as materials
from cellchain.materials.rules import EquipmentFacts, EquipmentKind, EquipmentPhase
from cellchain.platform.config import Settings
from cellchain.quality import queries as quality
from cellchain.quality.rules import result_files
from cellchain.trace import overdue, situation, today
from cellchain.web.format import Format, local_moment
from tests.bedside.browser import Front
from tests.bedside.world import MINUTE, World, played
from tests.factories import House
from tests.materials.story import MaterialStory

SECOND = timedelta(seconds=1)
MOSCOW, BERLIN = "Europe/Moscow", "Europe/Berlin"
NEW_YORK, LORD_HOWE = "America/New_York", "Australia/Lord_Howe"
CAIRO = "Africa/Cairo"  # puts its clocks forward at midnight: that midnight never is
# A day at the site, when it begins in UTC, and how long it lasts.
DAYS = [
    (MOSCOW, "2026-03-29", "2026-03-28T21:00", 24.0),
    (MOSCOW, "2014-10-26", "2014-10-25T20:00", 25.0),  # when it gave summer time up for good
    (MOSCOW, "2011-03-27", "2011-03-26T21:00", 23.0),  # when it went on summer time to stay
    (BERLIN, "2026-03-29", "2026-03-28T23:00", 23.0),
    (BERLIN, "2026-10-25", "2026-10-24T22:00", 25.0),
    (NEW_YORK, "2026-03-08", "2026-03-08T05:00", 23.0),
    (NEW_YORK, "2026-11-01", "2026-11-01T04:00", 25.0),
    (LORD_HOWE, "2026-04-05", "2026-04-04T13:00", 24.5),
    (LORD_HOWE, "2026-10-04", "2026-10-03T13:30", 23.5),
    (CAIRO, "2026-04-24", "2026-04-23T22:00", 23.0),
    (BERLIN, "2028-02-29", "2028-02-28T23:00", 24.0),
]


class _Moved:
    """A house whose site lies somewhere, and whose clock a test sets as it likes."""

    def __init__(self, house: House, zone: str) -> None:
        self.house = house
        house.database.house = type(house.database.house)(zone=ZoneInfo(zone))

    def at(self, moment: datetime) -> Any:
        """A reading transaction at a moment."""
        self.house.database.clock = SimulatedClock(moment)
        return self.house.read()


@pytest.mark.parametrize(("zone", "day", "begins", "hours"), DAYS)
def test_a_day_begins_and_ends_at_the_sites_midnight(
    house: House, zone: str, day: str, begins: str, hours: float
) -> None:
    site, here = _Moved(house, zone), date.fromisoformat(day)
    first = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    end = first + timedelta(hours=hours)
    seen = []
    for moment in (first - SECOND, first, end - SECOND, end):
        with site.at(moment) as tx:
            seen.append(tx.today)
            assert tx.day_of(moment) == tx.today == Format("en", ZoneInfo(zone)).day(moment)
    assert [(one - here).days for one in seen] == [-1, 0, 0, 1]


@pytest.mark.parametrize(("zone", "day", "begins", "hours"), DAYS)
def test_what_is_due_on_a_day_is_late_when_the_day_is_over(
    house: House, zone: str, day: str, begins: str, hours: float
) -> None:
    site, due = _Moved(house, zone), date.fromisoformat(day)
    end = datetime.fromisoformat(begins).replace(tzinfo=UTC) + timedelta(hours=hours)
    with site.at(end - SECOND) as tx:
        assert situation.until(tx, due)[0] == "now"
        assert tx.now <= situation.moment_of(tx, due) < end
    with site.at(end) as tx:
        assert situation.until(tx, due)[0] == "stop"
        assert situation.moment_of(tx, due) < tx.now


@pytest.mark.parametrize("zone", [MOSCOW, BERLIN, NEW_YORK, LORD_HOWE])
def test_a_lot_is_good_to_the_end_of_its_day_at_the_site(house: House, zone: str) -> None:
    story = MaterialStory(house)
    lot = story.accepted()
    site = _Moved(house, zone)
    with house.read() as tx:
        expires_on = materials.lot_facts(tx, lot).expires_on
    end = datetime.combine(expires_on + timedelta(days=1), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    with site.at(end - SECOND) as tx:
        assert materials.usable_lot(tx, lot).code == lot
        assert materials.lot_line(tx, lot).problem is None
    with site.at(end) as tx, pytest.raises(Refused, match=r"material\.expired"):
        materials.usable_lot(tx, lot)


@pytest.mark.parametrize(("zone", "day", "begins"), [row[:3] for row in DAYS])
def test_a_deferral_ends_when_its_day_begins_at_the_site(zone: str, day: str, begins: str) -> None:
    donor = DonorFacts(
        code="DN012600000126",
        phase=DonorPhase.DEFERRED,
        deferred_until=date.fromisoformat(day),
        consented_at=None,
        answers=None,
        results=(),
        zone=ZoneInfo(zone),
    )
    begin = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert donor.is_deferred(begin - SECOND)
    assert not donor.is_deferred(begin)


def test_cleaning_is_due_so_many_days_at_the_site_later() -> None:
    facts = EquipmentFacts("EQ012600007735", EquipmentPhase.IN_SERVICE, "INC-1", EquipmentKind.INCUBATOR, "S-1", None)
    cleaned = type(facts)(**{**vars(facts), "clean_every_days": 14, "cleaned_on": date(2028, 2, 20)})
    assert cleaned.clean_by == date(2028, 3, 5)


@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        (BERLIN, "2026-03-29 02:30"),
        (NEW_YORK, "2026-03-08 02:30"),
        (LORD_HOWE, "2026-10-04 02:15"),
        (MOSCOW, "2011-03-27 02:30"),
        (CAIRO, "2026-04-24 00:30"),
    ],
)
def test_a_time_that_never_was_is_refused_and_not_moved(zone: str, wall: str) -> None:
    with pytest.raises(ValueError, match="put forward"):
        local_moment(wall, ZoneInfo(zone))
    with pytest.raises(Refused, match=r"import\.time_never_was"):
        result_files._moment(wall, ZoneInfo(zone))
    with_offset = f"{wall}+02:00"
    assert local_moment(with_offset, ZoneInfo(zone)) == result_files._moment(with_offset, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "at", "local", "utc"),
    [
        (MOSCOW, "2026-07-01T21:30", "02 JUL 2026 00:30 MSK", "01 JUL 2026 21:30 UTC"),
        (BERLIN, "2026-10-25T00:30", "25 OCT 2026 02:30 CEST", "00:30 UTC"),
        (BERLIN, "2026-10-25T01:30", "25 OCT 2026 02:30 CET", "01:30 UTC"),
        (NEW_YORK, "2026-11-01T05:30", "01 NOV 2026 01:30 EDT", "05:30 UTC"),
        (NEW_YORK, "2026-11-01T06:30", "01 NOV 2026 01:30 EST", "06:30 UTC"),
        (LORD_HOWE, "2026-04-04T14:45", "05 APR 2026 01:45 UTC+11", "04 APR 2026 14:45 UTC"),
        (LORD_HOWE, "2026-04-04T15:15", "05 APR 2026 01:45 UTC+1030", "04 APR 2026 15:15 UTC"),
    ],
)
def test_labels_tell_the_hour_that_happens_twice_apart(zone: str, at: str, local: str, utc: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert local_text(moment, ZoneInfo(zone), "en") == local
    assert utc_text(moment, ZoneInfo(zone), "en") == utc


# -- the whole house ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return played(tmp_path_factory.getbasetemp())


def told(folder: Path, now: datetime, zone: str) -> dict[str, Any]:
    """What an installation says of its clocks at a moment, opened for that and closed again."""
    settings = Settings(data_dir=folder, password_cost="cheap", site_timezone=zone)
    with opened(settings, clock=SimulatedClock(now)) as installation, installation.database.read() as tx:
        everything = Actor("PS012600090000", permissions_of(Role))
        view = today.today(tx, everything)
        return {
            "needs": [(need.status, need.at, str(need.words), str(need.sentence)) for need in view.needs],
            "clocks": [(clock.code, clock.begin, clock.until, clock.end) for clock in view.clocks],
            "due": [(one.id, one.due_on, one.phase) for one in quality.open_results(tx)],
            "bags": [(bag.bag, bag.start_by, bag.expires_at, bag.released) for bag in situation.live_bags(tx)],
            "standing": [
                (bag["code"], sorted(code for code, _ in quality.standing(tx, bag["code"], now).reasons))
                for bag in manifest(folder)["bags"]
            ],
            "running": [(row.id, bedside.infusion_view(tx, row.id or 0).left_minutes) for row in bedside.running(tx)],
            "seen": list(overdue.seen(tx)),
            "counts": overdue.counts(tx, everything),
            "today": view.date,
        }


def manifest(folder: Path) -> dict[str, Any]:
    """The words of a demonstration."""
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


@pytest.fixture
def copy(base: Path, tmp_path: Path) -> Path:
    shutil.copytree(base, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def made_at(base: Path) -> datetime:
    return datetime.fromisoformat(manifest(base)["made_at"])


def test_due_days_clocks_and_states_survive_a_restart_and_a_zone_moves_none(copy: Path, made_at: datetime) -> None:
    now = made_at + MINUTE
    before = told(copy, now, NEW_YORK)
    assert before["due"]
    assert before["clocks"]
    assert told(copy, now, NEW_YORK) == before
    assert told(copy, now + timedelta(days=40), NEW_YORK)["seen"] != before["seen"]
    here, there = before, told(copy, now, LORD_HOWE)
    for name in ("clocks", "due", "bags", "running"):
        assert here[name] == there[name], name


@pytest.fixture
def elsewhere(base: Path, tmp_path: Path) -> Iterator[tuple[Front, World]]:
    """The same house in New York."""
    world = World(base, tmp_path / "elsewhere")
    world.installation.close()
    settings = Settings(data_dir=world.folder, password_cost="cheap", site_timezone=NEW_YORK)
    world.installation = open_installation(settings, clock=world.clock, entropy=world.random.randbytes)
    with TestClient(create_app(world.installation), raise_server_exceptions=False) as client:
        yield Front(client, world), world
    world.close()


def test_screens_and_labels_are_in_the_sites_zone(elsewhere: tuple[Front, World]) -> None:
    front, world = elsewhere
    zone = world.clock.now().astimezone(ZoneInfo(NEW_YORK)).tzname() or ""
    page = front.get("qa1", "/").text
    assert 'data-zone="America/New_York"' in page
    assert zone in page
    assert "MSK" not in page
    bag, *_ = world.ready()
    with world.installation.database.read() as tx:
        facts = tx.house.labellers["BG"].label(tx, bag, "infusion_bag")
    said = str(facts)
    assert zone[:1] in said
    assert any(name in said for name in ("EST", "EDT"))
    assert "MSK" not in said
