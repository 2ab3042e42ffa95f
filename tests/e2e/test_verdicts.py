"""Verdicts from where they are read: across the bed, in a hurry, by people who do not see every colour.

`CELLCHAIN_PICTURES=folder` keeps every picture there; `docs/images/verdicts-in-colour-vision.png` is their sheet.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from cellchain.identity.codes import Kind, issue
from cellchain.labels.cards import CARDS
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.server import Demonstration
from tests.e2e.test_bedside import checks, look, nurse, pair, scan_both  # noqa: F401 (a fixture)
from tests.e2e.vision import VISIONS, contrast, picture, sheet, two_colours

Opener = Callable[..., Page]
PX_PER_MM = 96 / 25.4
AWAY_MM = 2_000
CAPITAL = 0.7  # of the size of a font
ARC_MINUTE = 0.000_290_888
# Half of normal sight reads ten minutes of arc; the verdict itself has to be read in passing.
READ_ARC_MIN, SEEN_ARC_MIN = 10, 20
# Text against its ground where a vision is simulated, and the grounds of STOP and MATCH against each other in any.
SIMULATED_CONTRAST, APART = 4.5, 2.5


def arc_minutes(size_px: float) -> float:
    """How large a capital of this font is for an eye that is two metres away."""
    return size_px * CAPITAL / PX_PER_MM / AWAY_MM / ARC_MINUTE


def size_of(page: Page, what: str) -> float:
    """The size of a font in CSS pixels."""
    return float(page.locator(what).first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are kept."""
    folder = Path(os.environ.get("CELLCHAIN_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def situations(served: Demonstration) -> dict[str, tuple[str, str, str, str, str]]:
    """Six that are wrong: wristband, label, the look, the sentence, the step that leads on."""
    band, label = pair(served, 3)
    _, other = pair(served, 2)

    def of(bedside: str) -> tuple[str, str]:
        bag = served.bags(bedside)[0]
        return served.band(bag["recipient"]), bag["label"]

    laboratory, qa = "Call the laboratory.", "Call QA; the laboratory has the number."
    return {
        "wrong-bag": (band, other, "right", "Wrong bag: it is for another recipient.", laboratory),
        "expired": (*of("expired"), "right", "This bag has expired.", laboratory),
        "on-hold": (*of("on_hold"), "right", "on hold", qa),
        "given-before": (*of("infused"), "right", "This bag was started before.", laboratory),
        "looks-wrong": (band, label, "wrong", "Something about the bag looks wrong.", laboratory),
        "a-copy": (band, issue(Kind.LABEL, 1, 2026, 0), "right", "This is a preview", "Scan wristband and bag again."),
    }


SIX = ("wrong-bag", "expired", "on-hold", "given-before", "looks-wrong", "a-copy")


def test_six_wrong_situations_are_read_at_two_metres_in_every_vision(
    nurse: Opener,  # noqa: F811
    served: Demonstration,
    pictures: Path,
) -> None:
    """Each stops with its own sentence and next step; word, shape and ground tell it from MATCH in any vision."""
    wrong = situations(served)
    assert set(wrong) == set(SIX)
    page, said, steps, kept = nurse(), [], [], {}
    for name in SIX:
        band, label, answer, sentence, step = wrong[name]
        page.goto(f"{served.url}/bedside")
        scan_both(page, band, label)
        look(page, answer)
        expect(page.locator("main[data-v=halt] h1")).to_have_text("STOP")
        expect(page.locator(".v-word p")).to_contain_text(sentence)
        expect(page.locator(".v-do li").last).to_have_text(step)
        expect(page.locator(".v-do li").first).to_have_text("Do not spike the bag.")
        said.append(page.locator(".v-word p").inner_text())
        steps.append(step)
        assert arc_minutes(size_of(page, ".v-word h1")) >= SEEN_ARC_MIN
        assert arc_minutes(size_of(page, ".v-word p")) >= READ_ARC_MIN
        assert arc_minutes(size_of(page, ".v-do li")) >= READ_ARC_MIN
        kept[name] = [picture(page, vision, pictures / f"stop-{name}.{vision}.png") for vision in VISIONS]
    assert len(set(said)) == len(SIX)
    assert len(set(steps)) == 3

    matched = match_of(nurse, served)
    assert arc_minutes(size_of(matched, ".v-word h1")) >= SEEN_ARC_MIN
    assert arc_minutes(size_of(matched, ".v-word p")) >= READ_ARC_MIN
    kept["match"] = [picture(matched, vision, pictures / f"match.{vision}.png") for vision in VISIONS]
    for at, vision in enumerate(VISIONS):
        right, on_right = two_colours(kept["match"][at])
        least = 7 if vision == "none" else SIMULATED_CONTRAST
        assert contrast(right, on_right) >= least, vision
        for name in SIX:
            ground, ink = two_colours(kept[name][at])
            assert contrast(ground, ink) >= least, (name, vision)
            assert contrast(ground, right) >= APART, (name, vision)
    assert two_colours(kept["wrong-bag"][0])[0] != two_colours(kept["wrong-bag"][1])[0], "a vision was simulated"
    kept_sheet = sheet([kept["wrong-bag"], kept["match"]], pictures / "verdicts-in-colour-vision.png")
    assert kept_sheet.stat().st_size < 250_000


def match_of(nurse: Opener, served: Demonstration) -> Page:  # noqa: F811
    """A page that shows MATCH."""
    first, second = nurse("nurse1"), nurse("nurse2")
    for page in (first, second):
        scan_both(page, *pair(served, 3))
        look(page)
    expect(second.locator("main[data-v=match] h1").first).to_have_text("MATCH")
    return second


def only_the_network(complaints: list[str]) -> None:
    """The browser notes that the network failed, and nothing else."""
    assert complaints
    assert [one for one in complaints if "net::ERR_" not in one] == []
    complaints.clear()


def test_the_network_cut_in_the_middle_of_a_check(
    nurse: Opener,  # noqa: F811
    served: Demonstration,
    complaints: list[str],
) -> None:
    """Cut after the server had decided and before anybody heard: the tablet says that nothing was decided, shows no
    verdict, and the press that follows gives the check there is, not a second one."""
    page = nurse()
    scan_both(page, *pair(served, 1))
    before = checks(served)

    def cut(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    page.route("**/bedside/check", cut)
    page.click("form.c-look button[value=right]")
    told = page.locator("[data-undecided]")
    expect(told).to_be_visible()
    expect(told).to_contain_text("Nothing was decided")
    assert page.locator("[data-v]").count() == 0
    assert page.locator("form.c-look input[name=wristband]").input_value() != ""
    assert checks(served) == before + 1
    only_the_network(complaints)
    page.unroute("**/bedside/check")
    look(page)
    expect(page.locator("h1")).to_have_text("The first check is done.")
    assert checks(served) == before + 1


def test_a_network_cut_before_the_check_arrived(
    nurse: Opener,  # noqa: F811
    served: Demonstration,
    complaints: list[str],
) -> None:
    page = nurse()
    scan_both(page, *pair(served, 1))
    before = checks(served)
    page.context.set_offline(True)
    page.click("form.c-look button[value=right]")
    expect(page.locator("[data-undecided]")).to_be_visible()
    assert checks(served) == before
    page.context.set_offline(False)
    complaints.clear()
    look(page)
    assert checks(served) == before + 1


def test_a_card_starts_nothing_without_a_match(served: Demonstration, nurse: Opener) -> None:  # noqa: F811
    page = nurse()
    page.goto(f"{served.url}/bedside")
    Reader(page).scan(next(card.code for card in CARDS if card.command == "START"))
    expect(page.locator("main[data-v]")).to_have_count(0)
