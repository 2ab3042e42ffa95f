"""The lists: what expires, what is due, what stands in the way."""

from datetime import timedelta

import pytest

from cellchain.kernel.errors import NotFound
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_lots_by_expiry_with_what_stands_in_the_way(story: MaterialStory) -> None:
    heparin = story.material()
    late, soon, arrived = (
        story.accepted(heparin, days=100),
        story.accepted(heparin, days=3),
        story.lot(heparin, days=50),
    )
    story.house.clock.advance(timedelta(days=4))
    fresh = story.accepted(heparin, days=30)
    with story.house.read() as tx:
        lines = queries.lot_lines(tx, queries.LOTS_BY_END.page(tx).rows)
        expiring = queries.expiring_lots(tx)
    assert [line.lot.code for line in lines] == [soon, fresh, arrived, late]
    assert [line.problem and line.problem[0] for line in lines] == [
        "material.expired",
        None,
        "material.quarantined",
        None,
    ]
    assert [line.expires_soon for line in lines] == [False, True, False, False]
    assert [lot.code for lot in expiring] == [soon, fresh]


def test_equipment_whose_calibration_ends(story: MaterialStory) -> None:
    far, near, over = story.in_service("INC-A"), story.in_service("INC-B", days=20), story.in_service("INC-C", days=2)
    story.do(commands.take_out_of_service, equipment=story.in_service("INC-D", days=2), reason="broken")
    story.house.clock.advance(timedelta(days=3))
    with story.house.read() as tx:
        assert [facts.code for facts in queries.equipment_due(tx)] == [over, near]
        assert [line.equipment.name for line in queries.equipment_lines(tx)] == ["INC-A", "INC-B", "INC-C", "INC-D"]
        assert queries.equipment_line(tx, far).problem is None


def test_unknown_codes(story: MaterialStory) -> None:
    with story.house.read() as tx:
        for read in (queries.lot_facts, queries.equipment_facts, queries.location_facts):
            with pytest.raises(NotFound):
                read(tx, "ML012600007755")
        assert queries.edges_from(tx, ["DN012600007744"]) == queries.edges_to(tx, ["DO012600007791"]) == []
