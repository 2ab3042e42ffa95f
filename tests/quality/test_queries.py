"""Reading across: edges of the graph, lists, default answers."""

from cellchain.quality import queries
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.quality.lab import Lab


def test_edges_run_from_containers_into_samples_and_from_people_into_their_work(lab: Lab) -> None:
    lot = lab.released()
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0]
        (sampled,) = queries.edges_from(tx, [sample.container])
        assert (sampled.target, sampled.kind) == (sample.code, "sampled")
        back = {(edge.source, edge.kind) for edge in queries.edges_to(tx, [sample.code])}
        read_with = {(code, kind) for code, kind in back if kind == "tested_with"}
        assert {code for code, _ in read_with} <= set(lab.instruments.values())
        assert read_with
        assert back - read_with == {
            (sample.container, "sampled"),
            (lab.technician.person, "sampled_by"),
            (lab.analyst.person, "tested_by"),
            (lab.second_analyst.person, "tested_by"),
        }
        assert [edge.target for edge in queries.edges_from(tx, [lab.analyst.person])] == [sample.code]
        assert [edge.target for edge in queries.edges_from(tx, [lab.qa.person])] == [lot]
        assert [edge.source for edge in queries.edges_to(tx, [lot])] == [lab.qa.person]
        assert queries.edges_from(tx, [lot]) == []
        assert queries.edges_to(tx, [lab.qa.person]) == []


def test_what_waits_for_its_final_tests(lab: Lab) -> None:
    lot = lab.released()
    lab.lot()
    with lab.house.read() as tx:
        assert [row.lot for row in queries.obliged(tx)] == [lot]
        assert len(queries.dispositions(tx)) == 2


def test_an_overdue_obligation_shows(lab: Lab) -> None:
    bag = lab.containers(lab.released())[0]
    assert not lab.standing(bag).overdue
    lab.wait(days=30)
    found = lab.standing(bag)
    assert found.overdue
    assert found.disposition is DispositionPhase.CONDITIONALLY_RELEASED
    with lab.house.read() as tx:
        assert all(result.is_overdue(lab.today()) for result in queries.open_results(tx))
