"""The pages of the laboratory: a sample's way, a panel, a file, methods, and two versions of a specification."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.platform.files import DataDir
from cellchain.quality import queries
from cellchain.quality.laboratories import commands as laboratories
from cellchain.quality.methods import queries as methods
from cellchain.quality.rules.lifecycles import Stage
from tests.quality.app import app_for
from tests.quality.lab import Lab
from tests.quality.test_pages import Desk
from tests.quality.test_record_panel import GOOD


@pytest.fixture
def desk(lab: Lab, tmp_path: object) -> Iterator[Desk]:
    folder = DataDir(tmp_path / "data")  # type: ignore[operator]
    lab.house.database.house = lab.handed(fetch=folder.fetch)
    made = Desk(lab).as_(lab.analyst)
    app = app_for(lab.house, lambda: made.actor)
    app.state.folder = folder
    with TestClient(app, base_url="https://testserver") as client:
        made.client = client
        yield made


@pytest.fixture
def sample(lab: Lab) -> str:
    lab.specify("product")
    return lab.sample(lab.lot())


def test_a_sample_goes_to_a_laboratory(lab: Lab, desk: Desk, sample: str) -> None:
    number = lab.do(laboratories.register_laboratory, by=lab.qa, name="Our laboratory", kind="in_house")["laboratory"]
    here = f"/quality/samples/{sample}"
    assert "Send to a laboratory" in desk.as_(lab.technician).get(here)
    to: dict[str, Any] = {"sample": sample, "laboratory": str(number), "sent_as": "refrigerated"}
    assert desk.post(f"/do/quality/send_sample?next={here}", **to) == here
    page = desk.as_(lab.analyst).get(here)
    assert "On its way to Our laboratory" in page
    assert "Receive the sample" in page
    assert "Tests that may be done" not in page
    assert "1 sample is on its way." in desk.get("/quality/laboratories")
    assert "On their way to a laboratory" in desk.get("/quality/samples")
    desk.post(f"/do/quality/receive_sample?next={here}", sample=sample, arrival="sound", temperature_mc="4.5")
    page = desk.get(here)
    assert "4.5&nbsp;°C" in page
    assert "Tests that may be done" in page
    assert "Путь пробы" in desk.get(here, language="ru")


def test_a_panel_is_entered_on_one_page(lab: Lab, desk: Desk, sample: str) -> None:
    with lab.house.read() as tx:
        (phenotype,) = [one for one in methods.effective(tx) if one.is_panel]
    here = f"/quality/samples/{sample}"
    path = f"{here}/panels/conditional/{phenotype.id}"
    assert f'href="{path}"' in desk.get(here)
    assert "8 markers, entered together." in desk.get(path)
    assert desk.client.get(f"{here}/panels/final/{phenotype.id}").status_code == 404
    assert desk.client.get(f"{here}/panels/never/{phenotype.id}").status_code == 404
    values: dict[str, Any] = {f"value.{test}": value for test, value in GOOD.items()}
    less: dict[str, Any] = {name: value for name, value in values.items() if name != "value.cd19"}
    page = desk.post(path, 409, instrument=lab.instruments["cytometer"], **less)
    assert "The panel is not whole" in page
    assert 'value="97.5"' in page
    assert "The panel was not entered." in desk.post(path, 422, instrument="EQ0", **values)
    assert desk.post(path, instrument=lab.instruments["cytometer"], **values) == here
    page = desk.as_(lab.second_analyst).get(here)
    assert "Verify the panel, 8 results" in page
    with lab.house.read() as tx:
        numbers = [result.id for result in queries.results_of_sample(tx, sample)]
    data = {"csrf": "token", "results": [str(number) for number in numbers]}
    answer = desk.client.post(f"/do/quality/verify_results?next={here}", data=data, follow_redirects=False)
    assert answer.headers["location"] == here
    assert "every test passed." in desk.get(here)


def test_a_file_is_looked_at_and_recorded(lab: Lab, desk: Desk, sample: str) -> None:
    good = (
        f"sample,stage,test,value,instrument\n{sample},conditional,volume,400,{lab.instruments['analytical_balance']}\n"
    )
    assert "No file was imported yet." in desk.get("/quality/imports")

    def look(text: str) -> str:
        files = {"file": ("C:\\lab\\results.csv", text.encode(), "text/csv")}
        answer = desk.client.post("/quality/imports", data={"csrf": "token"}, files=files)
        return f"{answer.status_code} {' '.join(answer.text.split())}"

    page = look(good + f"{sample},conditional,volume,401\n")
    assert "1 line is at fault." in page
    assert "import.twice" in page
    assert "/quality/imports/record" not in page
    assert look("nonsense").startswith("409")
    assert desk.post("/quality/imports", 422)
    page = look(good)
    assert "1 result would be recorded." in page
    digest = hashlib.sha256(good.encode()).hexdigest()
    assert digest in page
    again: dict[str, Any] = {"file__name": "results.csv", "file__sha256": digest}
    assert desk.post("/quality/imports/record", **again) == "/quality/imports/1"
    assert "imported already" in desk.post("/quality/imports/record", 409, **again)
    assert "Nothing was recorded." in desk.post("/quality/imports/record", 422)
    assert "1 result waits for a second person." in desk.get("/quality/imports/1")
    page = desk.as_(lab.second_analyst).get("/quality/imports/1")
    assert "Verify 1 result" in page
    raw = desk.client.get("/quality/imports/1/file")
    assert raw.content == good.encode()
    assert raw.headers["x-content-type-options"] == "nosniff"
    assert raw.headers["content-disposition"].startswith("attachment")
    assert desk.client.get("/quality/imports/99").status_code == 404
    assert "из файла" in desk.get(f"/quality/samples/{sample}", language="ru")


def test_the_catalogue_of_methods(lab: Lab, desk: Desk) -> None:
    page = desk.get("/quality/methods")
    assert "No method is effective." in page
    assert "To start from" in page
    lab.methods()
    assert "11 methods are effective." in desk.get("/quality/methods")
    assert "Фенотип, проточная цитометрия" in desk.get("/quality/methods", language="ru")


def test_two_versions_side_by_side(lab: Lab, desk: Desk) -> None:
    first = lab.specification("product", Stage.FINAL)
    source = """
name = "MSC for infusion"
kind = "product"

[[final]]
test = "sterility_14d"
group = "safety"
kind = "one_of"
passing = ["no growth"]
failing = ["growth"]
due_days = 7
method = "7-day culture"
"""
    second = lab.specification("product", Stage.FINAL, source)
    page = desk.get(f"/quality/specifications/{second}/compare/{first}")
    assert "2 limits differ" in page
    assert "between version 1 and version 2." in page
    assert "known after 7 days" in page
    assert "Taken away" in page
    assert "between version 1 and version 2." in desk.get(f"/quality/specifications/{first}/compare/{second}")
    assert "beside the one before" in desk.get("/quality/specifications")
    other = lab.specification("product", Stage.CONDITIONAL)
    assert "specification.not_comparable" in desk.client.get(f"/quality/specifications/{first}/compare/{other}").text
    assert "Отличаются 2 нормы" in desk.get(f"/quality/specifications/{first}/compare/{second}", language="ru")


def test_the_plan_of_a_lot_and_its_load(lab: Lab, desk: Desk, sample: str) -> None:
    with lab.house.read() as tx:
        lot = queries.sample_facts(tx, sample).lot
    lab.result(sample, "endotoxin", "<0.05")
    page = desk.get(f"/quality/lots/{lot}/plan")
    assert "The master record asks for no sample." in page
    assert "Not put away yet" in page
    for path in (f"/quality/lots/{lot}", f"/quality/samples/{sample}"):
        page = desk.as_(lab.qa).get(path)
        assert "0.80&nbsp;EU/kg, 0.40&nbsp;EU/kg/h" in page
        assert "for the lightest allowed, 25 kg" in page
        assert "&lt; 0.05" in page.replace("&nbsp;", " ")
    assert "ЕЭ/кг" in desk.get(f"/quality/samples/{sample}", language="ru")
