"""Each truth holds over a story that the commands allowed, and sees what they would not."""

from sqlmodel import SQLModel

from cellchain.materials.invariants import INVARIANTS
from tests.donors.story import DonorStory
from tests.materials.story import MaterialStory
from tests.materials.test_book_harvest_use import house as house


def broken(story: MaterialStory) -> list[str]:
    with story.house.read() as tx:
        return [invariant.name for invariant in INVARIANTS if invariant.check(tx)]


def test_each_holds_and_is_seen_broken(story: MaterialStory) -> None:
    story.in_service()
    donor = DonorStory(story.house)
    donor.harvest(donor.eligible(), anticoagulant_lot=story.accepted())
    assert broken(story) == []
    tables = SQLModel.metadata.tables
    with story.house.database.engine.begin() as connection:
        connection.execute(tables["materials_lot"].update().values(expires_on=story.today(-1)))
        connection.execute(tables["materials_calibration"].update().values(outcome="out_of_tolerance"))
    assert broken(story) == ["materials.used_lots", "materials.calibrated"]
    with story.house.database.engine.begin() as connection:
        connection.execute(tables["materials_lot"].update().values(left_milli=5))
        connection.execute(tables["materials_qualification"].delete())
    assert broken(story)[1:] == ["materials.calibrated", "materials.qualified", "materials.stock"]
    with story.house.database.engine.begin() as connection:
        connection.execute(tables["materials_lot"].update().values(left_milli=None))
        unaccepted = {"accepted_at": None, "accepted_by": None, "phase": "quarantined"}
        connection.execute(tables["materials_lot"].update().values(**unaccepted))
    assert broken(story) == ["materials.used_lots", "materials.calibrated", "materials.qualified"]
