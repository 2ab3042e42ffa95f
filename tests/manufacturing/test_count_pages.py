"""Counts, balances and growth on their pages; a counter's file sent by a form and given back as it came."""

from decimal import Decimal

from cellchain.manufacturing import charts, commands
from cellchain.manufacturing.counts import commands as counts
from cellchain.manufacturing.rules import balance
from cellchain.manufacturing.rules.definition import Plausible
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import TOKEN, client, words
from tests.manufacturing.test_import_count import EXPORT, named
from tests.manufacturing.test_record_count import GROWN, at_the_harvest, chambers

FORM = "/do/manufacturing/import_count"


def sent(plant: Plant, lot: str) -> dict[str, str]:
    return {
        "csrf": TOKEN,
        "request_id": plant.house.request_id(),
        "lot": lot,
        "equipment": plant.equipment["counter"],
    }


def test_the_bench_counts_and_recounts(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    browser = client(plant)
    page = browser.get(f"/bench/{lot}").text
    assert "Count the chambers" in page
    assert "2 chambers or more" in page
    fields = {"equipment": plant.equipment["counter"], "dilution": 2, "chamber_nl": 100}
    plant.do(counts.record_count, lot=lot, runs=chambers((50, 0), (90, 0)), **fields)
    said = words(browser.get(f"/bench/{lot}").text)
    assert "First countlive cells per mL 1.40 × 10⁶" in said
    assert "Scatter 40.4 %, up to 20 %" in said
    assert "Mix, and count once more: both counts stay." in said
    plant.do(counts.record_count, lot=lot, runs=chambers((70, 1), (72, 1)), reason="A bubble.", **fields)
    page = browser.get(f"/bench/{lot}").text
    assert "Recountlive cells per mL 1.42 × 10⁶" in words(page)
    assert "/do/manufacturing/record_count" not in page
    plant.do(commands.harvest, lot=lot, **GROWN)
    said = words(browser.get(f"/manufacturing/lots/{lot}").text)
    assert "First count" in said
    assert "RecountA bubble." in said
    assert "70 + 1; 72 + 1" in said


def test_a_form_sends_the_file_of_the_counter(plant: Plant) -> None:
    named(plant)
    lot = at_the_harvest(plant)
    browser = client(plant)
    page = browser.get(f"{FORM}?lot={lot}").text
    assert 'enctype="multipart/form-data"' in page
    assert 'type="file"' in page
    content = EXPORT.encode("cp1251")
    files = {"file": ("C:\\Counter\\проба 1.csv", content, "text/csv")}
    answer = browser.post(FORM, data=sent(plant, lot), files=files, follow_redirects=False)
    assert answer.status_code == 303, words(answer.text)
    [count] = plant.page(lot).running.counts  # type: ignore[union-attr]
    assert count.file_name == "проба 1.csv"
    given = browser.get(f"/manufacturing/counts/{count.id}/file")
    assert given.content == content
    assert given.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D0%BF")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-type"] == "application/octet-stream"


def test_a_form_without_a_file_or_with_a_bad_one(plant: Plant) -> None:
    named(plant)
    lot = at_the_harvest(plant)
    browser = client(plant)
    empty = browser.post(FORM, data=sent(plant, lot), files={"file": ("", b"")})
    assert empty.status_code == 422
    assert "Fill this in." in words(empty.text)
    for content, code in (
        (b"\x00\x01", "file.wrong_kind"),
        (b"1;" * 20_000, "count.file_too_large"),
        (b"", "file.empty"),
        (b" \r\n", "count.file_empty"),
    ):
        bad = browser.post(FORM, data=sent(plant, lot), files={"file": ("a.csv", content)})
        assert bad.status_code == 409, content
        assert code in bad.text
    huge = browser.post(FORM, data=sent(plant, lot), files={"file": ("a.csv", b"1" * 600_000)})
    assert huge.status_code == 413


def test_a_count_by_hand_has_no_file(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    number = plant.count(lot, 1_000_000)["count"]
    assert client(plant).get(f"/manufacturing/counts/{number}/file").status_code == 404
    assert client(plant).get("/manufacturing/counts/99/file").status_code == 404


def test_the_counters_say_what_their_columns_mean(plant: Plant) -> None:
    browser = client(plant, plant.qa)
    assert "Its chambers are entered by hand." in words(browser.get("/manufacturing/counters").text)
    named(plant)
    page = browser.get("/manufacturing/counters").text
    assert "Живые, млн/мл" in page
    assert "The files of 1 counter can be read." in words(page)
    assert f"/do/manufacturing/name_columns?equipment={plant.equipment['counter']}" in page
    assert "name_columns" not in client(plant).get("/manufacturing/counters").text


def test_a_container_shows_its_book(plant: Plant) -> None:
    _, tube = plant.separated(count=40_000_000)
    plant.do(commands.waste, container=tube, volume_ul=2_500, reason="A clot in the tube.")
    plant.do(commands.discard, container=tube, found_ul=5_000, reason="Left over after use.")
    said = words(client(plant).get(f"/manufacturing/containers/{tube}").text)
    assert "Went in 4.00 × 10⁷ 10 mL" in said
    assert "Wasted 1.00 × 10⁷ 2.5 mL" in said
    assert "Still inside 3.00 × 10⁷ 7.5 mL" in said
    assert "A clot in the tube." in said
    assert "7.5 mL 5 mL ± 10.0 % Beyond the measuring error" in said


def test_a_lot_shows_yields_and_growth(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.passage(lot, 3_500_000, 300_000, days=12)
    plant.harvest(lot, "bank", 4_800_000, days=5)
    said = words(client(plant).get(f"/manufacturing/lots/{lot}").text)
    # 40 million of 60 mL, two million a millilitre; 3.5 million of 35 million, a tenth; 4.8 of 0.6 million, twelve.
    assert "1.20 × 10⁸ 33.3 %" in said
    assert "3.50 × 10⁶ 3.50 × 10⁶ 100.0 %" in said
    assert "4.80 × 10⁶ 7.20 × 10⁶ 66.7 %" in said
    assert "Control limits stand here once other lots of this kind have 6 passages; they have 0." in said


def test_the_control_chart_marks_what_lies_outside() -> None:
    history = [Decimal(rate) / 100 for rate in (48, 50, 52, 49, 51, 50)]
    control = balance.control(history, Plausible(history_min=6))
    chart = charts.control_chart(history, [(1, Decimal("0.5")), (2, Decimal("0.9"))], control)
    assert chart is not None
    assert [(rate.passage, rate.is_outside) for rate in chart.rates[-3:]] == [(None, False), (1, False), (2, True)]
    assert chart.mean is not None
    assert chart.high is not None
    assert chart.low is not None
    assert chart.high < chart.mean < chart.low, "heights count from the top"
    assert len(charts.control_chart([Decimal(1)] * 99, [(1, Decimal(1))], None).rates) == charts.RATES_MAX  # type: ignore[union-attr]
    alone = charts.control_chart([], [(1, Decimal(-60_000))], None)
    assert alone is not None
    assert alone.mean is None
    assert charts.control_chart(history, [], control) is None
