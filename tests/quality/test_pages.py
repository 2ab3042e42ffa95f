"""The pages of quality: the headline is the answer, the panel signs, and nothing works that the server refuses."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase, Stage
from tests.quality.app import PASSWORD, app_for
from tests.quality.lab import Lab


class Desk:
    """A browser without scripts; `as_` changes who sits at it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.actor: Actor = lab.qa
        self.client: TestClient

    def as_(self, actor: Actor) -> "Desk":
        self.actor = actor
        return self

    def get(self, path: str, status: int = 200, language: str = "en") -> str:
        answer = self.client.get(path, headers={"accept-language": language})
        assert answer.status_code == status, answer.text
        assert ">None<" not in answer.text
        assert " None " not in answer.text
        return " ".join(answer.text.split())

    def post(self, path: str, status: int = 303, **fields: str) -> str:
        data = {"csrf": "token", **{name.replace("__", "."): value for name, value in fields.items()}}
        answer = self.client.post(path, data=data, follow_redirects=False)
        assert answer.status_code == status, answer.text
        return answer.headers.get("location", "") or " ".join(answer.text.split())

    def sign(self, path: str, status: int = 303, password: str = PASSWORD, **fields: str) -> str:
        return self.post(path, status, signature__username="e.sokolova", signature__password=password, **fields)


@pytest.fixture
def desk(lab: Lab) -> Iterator[Desk]:
    made = Desk(lab)
    with TestClient(app_for(lab.house, lambda: made.actor), base_url="https://testserver") as client:
        made.client = client
        yield made


def test_an_empty_house(desk: Desk) -> None:
    home = desk.get("/quality")
    assert "No lot waits for its release." in home
    assert home.count("<b>0</b>") == home.count('<li class="quiet">') > 10
    assert "Every result is verified." in desk.get("/quality/samples")
    assert "No deviation is open." in desk.get("/quality/deviations")
    assert "Nothing is on hold." in desk.get("/quality/holds")
    assert "No specification is effective." in desk.get("/quality/specifications")
    assert "Nothing is on its way." in desk.get("/custody")
    assert "Where does the fault lie?" in desk.get("/quality/recall")


def test_what_waits_with_its_clock(lab: Lab, desk: Desk) -> None:
    ready, open_lot, early = lab.ready(), lab.lot(phase="open"), lab.lot()
    released = lab.released("control")
    page = desk.get("/quality")
    assert "2 lots wait for their release." in page
    assert "1 waits for its final tests." in page
    assert "Ready to sign" in page
    assert "1 more lot is still being made." in page
    for lot in (ready, early, released):
        assert f"/quality/lots/{lot}" in page
    assert open_lot not in page.partition('id="list"')[0]
    lab.wait(days=30)
    assert "1 final result is overdue." in desk.get("/quality")


def test_the_review_and_the_release_are_signed_on_the_page(lab: Lab, desk: Desk) -> None:
    lab.specify("product")
    lot = lab.lot()
    first = lab.value(lot, "91")
    lab.value(lot, "92.4", replaces=first, why="Digits swapped")
    sample = lab.sample(lot)
    lab.pass_stage(lot, sample, Stage.CONDITIONAL)
    lab.start_final(lot, sample)
    from cellchain.labels import commands as labels

    lab.do(labels.reconcile, by=lab.technician, lot=lot)
    page = desk.get(f"/quality/lots/{lot}")
    assert "1 exception." in page
    assert "0 of 1 looked at" in page
    assert "Results that pass" in page
    assert "A value was changed after entry" in page
    assert 'aria-disabled="true"' in page
    assert "Exceptions that are not decided or put right: 1." in page
    with lab.house.read() as tx:
        key = next(item.key for item in queries.exceptions_of(tx, lot) if item.is_open)
    where = f"/quality/lots/{lot}"
    assert desk.post(f"/do/quality/accept_exception?next={where}", lot=lot, exception=key) == where
    page = desk.get(where)
    assert "Sign review" in page
    action = _action(page)
    assert "Sign with your own user name and password." in desk.sign(action, 401, password="wrong")
    assert desk.sign(action) == where
    page = desk.get(where)
    assert "Sign conditional release" in page
    assert "I release this lot conditionally" in page
    assert desk.sign(_action(page)) == where
    page = desk.get(where)
    assert "released conditionally." in page
    assert "Sterility, 14-day culture due 16 Mar 2026." in page.replace("\u00a0", " ")
    assert "The record is what was signed" in page
    assert lab.disposition(lot).phase is DispositionPhase.CONDITIONALLY_RELEASED


def _action(page: str) -> str:
    start = page.index('action="/quality/lots/') + len('action="')
    return page[start : page.index('"', start)]


def test_an_outdated_page_signs_nothing(lab: Lab, desk: Desk) -> None:
    lot = lab.ready()
    lab.value(lot, "91", late_minutes=90)
    page = desk.get(f"/quality/lots/{lot}")
    with lab.house.read() as tx:
        key = next(item.key for item in queries.exceptions_of(tx, lot) if item.is_open)
    lab.do(commands.accept_exception, by=lab.qa, lot=lot, exception=key)
    lab.value(lot, "92", late_minutes=90, replaces=1, why="Misread")
    answer = desk.sign(_action(page), 409)
    assert "The exceptions changed while you were reading." in answer


def test_the_panel_belongs_to_qa(lab: Lab, desk: Desk) -> None:
    lot = lab.ready()
    page = desk.as_(lab.analyst).get(f"/quality/lots/{lot}")
    assert "Waits for QA" in page
    assert 'name="signature.password"' not in page
    desk.as_(lab.analyst).sign(f"/quality/lots/{lot}/sign/release_conditionally", 403)
    desk.as_(lab.nurse).get("/quality", 403)
    desk.as_(lab.qa).sign(f"/quality/lots/{lot}/sign/recall", 404)


def test_whoever_made_it_sees_why_they_cannot_sign(lab: Lab, desk: Desk) -> None:
    from tests.quality.test_review_batch import _performed_by

    lot = lab.ready()
    both = lab.house.actor("technician", "qa")
    lab.seed(lambda tx: _performed_by(tx, lot, both.person))
    page = desk.as_(both).get(f"/quality/lots/{lot}")
    assert "You worked on this batch" in page
    assert "You made or tested this lot." in page
    assert "You made or tested this lot." in desk.sign(f"/quality/lots/{lot}/sign/release_conditionally", 409)


def test_a_lot_that_changed_after_its_signature(lab: Lab, desk: Desk) -> None:
    lot = lab.released()
    with lab.house.read() as tx:
        number = next(result.id for result in queries.results_of(tx, lot) if result.test == "viability")
    lab.do(commands.correct_result, by=lab.analyst, why="Misread", result=number, value="95")
    assert "The record was changed after it was signed" in desk.get(f"/quality/lots/{lot}")


@pytest.mark.parametrize("phase", ["rejected", "recalled", "released_for_further_use"])
def test_every_end_has_its_headline(lab: Lab, desk: Desk, phase: str) -> None:
    lot = lab.released("bank") if phase != "rejected" else lab.lot()
    if phase == "rejected":
        lab.do(commands.reject, by=lab.qa, lot=lot, reason="Growth")
    if phase == "recalled":
        lab.do(commands.recall, by=lab.qa, root=lot, reason="In doubt")
    assert f"{phase.replace('_', ' ')}." in desk.get(f"/quality/lots/{lot}")


def test_a_lot_without_any_specification(lab: Lab, desk: Desk) -> None:
    assert "No specification is effective for this kind of lot" in desk.get(f"/quality/lots/{lab.lot()}")


def test_a_held_lot_says_so(lab: Lab, desk: Desk) -> None:
    donor, donation = lab.donation()
    lot = lab.lot(sources=(donation,))
    lab.do(commands.hold, by=lab.qa, subject=donor, reason="Information is awaited")
    page = desk.get(f"/quality/lots/{lot}")
    assert "On hold" in page
    assert "Information is awaited" in page


def test_the_laboratory_works_at_its_desk(lab: Lab, desk: Desk) -> None:
    lab.specify("product")
    sample = lab.sample(lab.lot())
    here = f"/quality/samples/{sample}"
    page = desk.as_(lab.analyst).get(here)
    assert "not tested yet." in page
    assert "Sterility, 14-day culture" in page
    began: dict[str, Any] = {"sample": sample, "stage": "final", "test": "sterility_14d"}
    began["instrument"] = lab.read_with("sterility_14d")
    assert desk.post(f"/do/quality/record_result?next={here}", **began) == here
    lab.result(sample, "viability", "79", verify=False)
    page = desk.get(here)
    assert "1 test failed." in page
    assert "/do/quality/verify_result" not in page
    page = desk.as_(lab.second_analyst).get("/quality/samples")
    assert "1 result waits for a second person." in page
    assert "1 test is running." in page
    assert desk.post("/do/quality/verify_result?next=/quality/samples", result="2") == "/quality/samples"
    assert "Every result is verified." in desk.get("/quality/samples")
    assert "Report late positive" not in desk.get(here)


def test_a_failure_after_the_release_is_reported(lab: Lab, desk: Desk) -> None:
    lot = lab.released()
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    lab.result(sample, "sterility_14d", "growth", Stage.FINAL)
    assert "Report late positive" in desk.as_(lab.analyst).get(f"/quality/samples/{sample}")
    page = desk.as_(lab.qa).get(f"/quality/lots/{lot}")
    assert "Sterility, 14-day culture failed" in page
    assert "Sterility, 14-day culture: growth ." not in page


def test_the_way_of_a_deviation(lab: Lab, desk: Desk) -> None:
    lot = lab.lot()
    lab.do(commands.open_deviation, by=lab.technician, subject=lot, title="Door left open", description="Ten minutes")
    assert "1 deviation is open." in desk.get("/quality/deviations")
    page = desk.get("/quality/deviations/1")
    assert "DV-26-001: open, to be assessed." in page
    assert "Assess the deviation" in page
    lab.do(commands.assess_deviation, by=lab.qa, deviation=1, severity="minor", assessment="No effect")
    assert "Another person of QA closes it." in desk.get("/quality/deviations/1")
    assert "Close the deviation" in desk.as_(lab.second_qa).get("/quality/deviations/1")
    lab.do(commands.close_deviation, by=lab.second_qa, deviation=1, conclusion="Enough")
    assert "DV-26-001: closed." in desk.get("/quality/deviations/1")
    desk.get("/quality/deviations/9", 404)


def test_a_recall_is_looked_at_and_then_signed(lab: Lab, desk: Desk) -> None:
    _, donation = lab.donation()
    lots = [lab.released(sources=(donation,)), lab.lot(sources=(donation,))]
    page = desk.get(f"/quality/recall?root={donation}")
    assert "A recall reaches 4 bags." in page
    assert "4 are still unused. 2 lots." in page
    start = page.index('action="/quality/recall?') + len('action="')
    action = page[start : page.index('"', start)].replace("&amp;", "&")
    assert "A recall needs a reason." in desk.sign(action, 422)
    where = desk.sign(action, reason="A marker turned positive")
    page = desk.get(where)
    assert "4 containers were recalled." in page
    assert "2 lots with them." in page
    assert "A marker turned positive" in page
    assert {lab.disposition(lot).phase for lot in lots} == {DispositionPhase.RECALLED}
    assert "Everything that came out of this was recalled already." in desk.sign(action, 409, reason="Again")
    assert "1 recall was made." in desk.get("/quality/recalls")
    assert 'aria-invalid="true"' in desk.get("/quality/recall?root=nonsense", 422)


def test_specifications_and_their_sources(lab: Lab, desk: Desk) -> None:
    made = lab.do(commands.draft_specification, by=lab.analyst, kind="product", stage="conditional")
    page = desk.get(f"/quality/specifications/{made['specification']}")
    assert "version 1: a draft." in page
    assert "ISCT 2006" in page
    assert "Approve this version" in page
    lab.do(commands.draft_specification, by=lab.qa, kind="control", stage="final")
    assert "You drafted it." in desk.get("/quality/specifications/2")
    assert "No specification is effective." in desk.get("/quality/specifications")


def test_every_page_in_russian(lab: Lab, desk: Desk) -> None:
    lot = lab.released()
    lab.do(commands.hold, by=lab.qa, subject=lot, reason="In doubt")
    lab.do(commands.open_deviation, by=lab.technician, subject=lot, title="Odd", description="Very odd")
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    for path in (
        "/quality",
        f"/quality/lots/{lot}",
        "/quality/samples",
        f"/quality/samples/{sample}",
        "/quality/deviations",
        "/quality/deviations/1",
        "/quality/holds",
        f"/quality/recall?root={lot}",
        "/quality/specifications",
        "/quality/specifications/1",
    ):
        assert 'lang="ru"' in desk.get(path, language="ru"), path


def test_texts_are_texts() -> None:
    """What the pages name is said through the catalogue, so it is no bare string."""
    from cellchain.quality.pages import words

    maps: list[Any] = [words.DISPOSITIONS, words.RESULTS, words.DEVIATIONS, words.SPECIFICATIONS, words.SAMPLES]
    assert all(isinstance(text, T) for mapping in maps for _, text in mapping.values())
