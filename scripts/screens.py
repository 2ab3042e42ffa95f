"""Takes pictures of every screen: 1280 and 390 wide, light and dark, English and Russian.

`python -m scripts.screens FOLDER` plays a demonstration, serves it on a free port of this machine, signs in as the
right person and ends what it started. Pictures are named `screen.language.width.scheme.png`. With `--data` it takes a
copy of a demonstration's data folder instead of playing one, with `--only` the screens whose names hold one of the
words, with `--width`, `--language` and `--scheme` fewer of each.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from scripts import screen_failures as failures
from scripts import screen_redactions as redactions
from scripts.screen_accounts import ACCOUNTS
from scripts.screen_story import Screen, Story
from scripts.served import CELLCHAIN
from scripts.ward_screens import WARD
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.screens import DRAWN
from tests.e2e.server import Demonstration, copied, serving
from tests.support import browser as browsers

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LANGUAGES = ("en", "ru")
WIDTHS = (1280, 390)
HEIGHTS = {390: 844, 768: 1024}
HEIGHT_MOST = 12_000
PLAY_S = 300
MAKE_MS = 120_000
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; caret-color: transparent }"


# -- where each screen is ------------------------------------------------------------------------------------------

EQUIPMENT_NAMED = "SELECT code FROM materials_equipment WHERE name = ?"


NOTICE_OF = (
    "SELECT max(notice) FROM notices_telling JOIN accounts_person ON accounts_person.code = person WHERE username = ?"
)


def _notice(story: Story) -> str:
    return f"/notices/{story.first(NOTICE_OF, 'qa1')}"


def _machine(story: Story) -> str:
    return f"/materials/equipment/{story.first(EQUIPMENT_NAMED, 'Centrifuge CF-2')}"


def _machine_log(story: Story) -> str:
    return f"/manufacturing/equipment/{story.first(EQUIPMENT_NAMED, 'Incubator INC-1')}"


def _kept(story: Story) -> str:
    """A vial that is kept for the batch at the bench."""
    vial = story.first("SELECT subject FROM custody_stored_at WHERE position = ? AND removed_at IS NULL", "A3")
    story.served.do("technician1", "custody/reserve_vial", vial=vial, lot=story.batch)
    return str(vial)


def _box(story: Story) -> str:
    story.once("vial", lambda: _kept(story))
    return f"/custody/places/{story.place('Box 7')}"


def _bank_vials(story: Story) -> str:
    story.once("vial", lambda: _kept(story))
    return f"/custody/bank/{story.lot('bank', 'released_for_further_use')}"


def _pick_list(story: Story) -> str:
    story.once("vial", lambda: _kept(story))
    return "/custody/pick"


def _match(story: Story) -> str:
    return story.once("match", lambda: story.matched()[2])


def _sealed(story: Story) -> str:
    return story.once("sealed", lambda: story.check("nurse1", *story.pair()))


def _stop(story: Story) -> str:
    def wrong_bag() -> str:
        first, second = story.served.bags("ready", "msc")[-2:]
        return story.check("nurse1", story.served.band(first["recipient"]), second["label"])

    return story.once("stop", wrong_bag)


def _scan(page: Page, *symbols: str) -> None:
    expect(page.locator("form.sink[data-armed]")).to_be_attached()
    reader = Reader(page)
    for symbol in symbols:
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            reader.scan(f"]d1{symbol}")
    page.wait_for_load_state("networkidle")


def _line_clear(story: Story) -> str:
    bank = story.lot("bank", "released_for_further_use")
    return f"/lines/{story.clear_line}?sources={bank}"


def _scan_medium(story: Story, page: Page) -> None:
    _scan(page, story.material("Alpha-MEM with 10 % platelet lysate"))


def _scan_wrong_kind(story: Story, page: Page) -> None:
    _scan(page, story.served.manifest["donors"][0]["code"])


def _scan_pair(story: Story, page: Page) -> None:
    bag = story.served.bags("ready", "msc")[-1]
    _scan(page, story.served.band(bag["recipient"]), bag["label"])


def _cannot_scan(_: Story, page: Page) -> None:
    page.click(".sink-typed")


def _send_empty(_: Story, page: Page) -> None:
    page.click("form.order button[type=submit]")
    page.wait_for_load_state("networkidle")


def _fail_to_sign_in(_: Story, page: Page) -> None:
    page.fill("#username", "technician1")
    page.fill("#password", "not the password")
    page.click(".signin-form button[type=submit]")
    page.wait_for_load_state("networkidle")


def _reported(story: Story) -> str:
    """An adverse event on which a report went out."""
    return str(story.first("SELECT event FROM followup_safety_report ORDER BY id"))


def _recipient(story: Story) -> str:
    return str(story.served.manifest["recipients"][1]["code"])


def _calendar(story: Story) -> str:
    return f"/trial/studies/{story.served.manifest['study']['code']}/calendar?weeks=8"


def _infusion_to_move(story: Story) -> str:
    """The infusion farthest ahead, and a day to move it to."""
    ahead = "SELECT id FROM trial_planned_infusion WHERE phase = 'planned' ORDER BY due_on DESC"
    return f"/trial/infusions/{story.first(ahead)}?on=2027-01-30"


def _bag_label(story: Story) -> str:
    return f"/labels/{story.served.bags('ready', 'msc')[0]['label']}"


def _container(story: Story) -> str:
    vessel = "SELECT code FROM manufacturing_container WHERE kind = 'vessel' ORDER BY code DESC LIMIT 1"
    return f"/manufacturing/containers/{story.first(vessel)}"


def _isbt(story: Story) -> str:
    def registered() -> str:
        told = {"facility": "A9999", "registration": "Example", "registered_on": "2026-01-15"}
        story.served.do("admin1", "labels/state_registration", signed=True, **told)
        story.served.do("admin1", "labels/admit_facility", facility="A9998", name="Example Registry")
        return "/labels/isbt"

    return story.once("isbt", registered)


def _certificates(story: Story) -> str:
    return f"/certificates/lots/{story.lot('product', 'conditionally_released')}"


def _make_certificate(_: Story, page: Page) -> None:
    """Ask for a release in English, unless it is there, and wait until it is made."""
    if not page.locator("a[download]").count():
        page.locator('form:has(input[value="release"]) button[value="en"]').click()
    expect(page.locator("a[download]").first).to_be_visible(timeout=MAKE_MS)


def _open_certificate(story: Story, page: Page) -> None:
    _make_certificate(story, page)
    page.locator('th a[href^="/certificates/"]').first.click()
    expect(page.locator(".hashes")).to_be_visible()


def _check_certificate(story: Story, page: Page) -> None:
    """Hold the file against the house."""
    _open_certificate(story, page)
    href = page.locator("a[download]").get_attribute("href")
    content = page.request.get(f"{story.served.url}{href}").body()
    page.set_input_files('input[name="file"]', {"name": "a.pdf", "mimeType": "application/pdf", "buffer": content})
    page.locator('form[action="/certificates"] button').click(timeout=MAKE_MS)
    expect(page.locator('.note[data-s="ok"]').first).to_be_visible(timeout=MAKE_MS)


def _way(story: Story) -> str:
    return f"/custody/{story.served.bags('ready', 'msc')[0]['code']}"


def _study(story: Story) -> str:
    return f"/trial/studies/{story.served.manifest['study']['code']}"


SCREENS: Sequence[Screen] = (
    Screen("sign-in", None, "/sign-in"),
    Screen("sign-in-refused", None, "/sign-in", _fail_to_sign_in),
    Screen("today-qa", "qa1", "/"),
    Screen("today-technician", "technician1", "/"),
    Screen("today-nurse", "nurse1", "/"),
    Screen("today-administrator", "admin1", "/"),
    Screen("notices", "qa1", "/notices"),
    Screen("notice", "qa1", _notice),
    Screen("notices-settings", "physician1", "/notices/settings"),
    Screen("mail", "admin1", "/notices/mail"),
    Screen("health", "admin1", "/health"),
    Screen("bench", "technician1", lambda story: f"/bench/{story.batch}"),
    Screen("bench-accepted", "technician1", lambda story: f"/bench/{story.batch}", _scan_medium),
    Screen("bench-stop", "technician1", lambda story: f"/bench/{story.batch}", _scan_wrong_kind),
    Screen("lines", "technician1", "/lines"),
    Screen("line-to-clear", "technician1", lambda story: f"/lines/{story.place('Bench 2')}"),
    Screen("line-clear", "technician1", _line_clear),
    Screen("discard", "technician1", lambda story: f"/bench/{story.batch}/discard?container={story.thawed}"),
    Screen("batches", "technician1", "/manufacturing"),
    Screen("lot", "technician1", lambda story: f"/manufacturing/lots/{story.lot('product', 'conditionally_released')}"),
    Screen("container", "technician1", _container),
    Screen("counters", "technician1", "/manufacturing/counters"),
    Screen("master-records", "qa1", "/manufacturing/master-records"),
    Screen("master-record", "qa1", lambda story: f"/manufacturing/master-records/{story.versions[1]}"),
    Screen("versions", "qa1", lambda story: "/manufacturing/master-records/{}/compare/{}".format(*story.versions)),
    Screen("training", "qa1", "/manufacturing/training"),
    Screen("bag", "qa1", lambda story: f"/manufacturing/bags/{story.served.bags('ready', 'msc')[0]['code']}"),
    Screen("releases", "qa1", "/quality"),
    Screen("release", "qa1", lambda story: f"/quality/lots/{story.lot('product', 'conditionally_released')}"),
    Screen("release-locked", "qa1", lambda story: f"/quality/lots/{story.batch}"),
    Screen("certificates", "qa1", _certificates, _make_certificate),
    Screen("certificate", "qa1", _certificates, _open_certificate),
    Screen("certificate-check", "qa1", _certificates, _check_certificate),
    Screen("samples", "analyst1", "/quality/samples"),
    Screen("deviations", "qa1", "/quality/deviations"),
    Screen("deviation", "qa1", "/quality/deviations/1"),
    Screen("investigations", "qa1", "/quality/investigations"),
    Screen("investigation", "analyst2", "/quality/investigations/2"),
    Screen("investigation-confirmed", "qa1", "/quality/investigations/1"),
    Screen("exceptional-use", "physician1", "/quality/exceptional/1"),
    Screen("exceptional-accepted", "qa1", failures.exceptional_use),
    Screen("bedside-exceptional", "nurse2", failures.exceptional_match),
    Screen("due", "qa1", "/quality/due"),
    Screen("actions", "qa1", "/quality/actions"),
    Screen("action", "qa1", "/quality/actions/1"),
    Screen("changes", "qa1", "/quality/changes"),
    Screen("change", "qa1", "/quality/changes/1"),
    Screen("redactions", "qa2", redactions.listed),
    Screen("redaction-entry", "qa2", redactions.offered),
    Screen("recalls", "qa1", "/quality/recalls"),
    Screen("recall-start", "qa1", "/quality/recall"),
    Screen("recall-preview", "qa1", lambda story: f"/quality/recall?root={story.lot('product', 'released')}"),
    Screen("recall-signed", "inspector1", failures.recall("recall")),
    Screen("recall-exercise", "qa1", failures.recall("exercise")),
    Screen("recall-physician", "physician1", failures.recall("exercise")),
    Screen("recall-letters", "qa1", failures.letters("recall")),
    Screen("recall-letters-unsent", "qa1", failures.letters("exercise")),
    Screen("late-positive", "qa1", failures.late_positive),
    Screen("late-positive-sponsor", "sponsor1", failures.late_positive),
    Screen("destructions", "qa1", "/custody/destructions"),
    Screen("destruction", "technician1", "/custody/destructions/1"),
    Screen("qualified-person", "admin1", lambda story: f"/people/{story.person('qa2')}"),
    Screen("holds", "qa1", "/quality/holds"),
    Screen("methods", "qa1", "/quality/methods"),
    Screen("laboratories", "qa1", "/quality/laboratories"),
    Screen("specifications", "qa1", "/quality/specifications"),
    Screen("stability", "qa1", "/quality/stability"),
    Screen(
        "stability-bank",
        "technician1",
        lambda story: f"/quality/stability/{story.lot('bank', 'released_for_further_use')}",
    ),
    Screen("bedside-check", "nurse2", "/bedside"),
    Screen("bedside-look", "nurse2", "/bedside", _scan_pair),
    Screen("bedside-sealed", "nurse1", _sealed),
    Screen("bedside-match", "nurse2", _match),
    Screen("bedside-stop", "nurse1", _stop),
    *WARD,
    Screen("trace-start", "qa1", "/trace"),
    Screen("trace-lot", "qa1", lambda story: f"/trace/{story.lot('product', 'conditionally_released')}"),
    Screen("trace-bag", "qa1", lambda story: f"/trace/{story.served.bags('ready', 'msc')[0]['code']}"),
    Screen("trace-donor", "qa1", lambda story: f"/trace/{story.served.manifest['donors'][0]['code']}"),
    Screen("recipients", "coordinator1", "/trial"),
    Screen("calendar", "coordinator1", _calendar),
    Screen("infusion-to-move", "coordinator1", _infusion_to_move),
    Screen("recipient", "coordinator1", lambda story: f"/trial/recipients/{_recipient(story)}"),
    Screen("eligibility", "physician1", lambda story: f"/trial/recipients/{_recipient(story)}/eligibility"),
    Screen("study", "statistician1", _study),
    Screen("study-version", "statistician1", lambda story: f"{_study(story)}/versions/2"),
    Screen("study-open", "statistician1", "/do/trial/open_study"),
    Screen("screening", "coordinator1", lambda story: f"{_study(story)}/screening"),
    Screen("followup", "coordinator1", "/followup"),
    Screen("followup-recipient", "coordinator1", lambda story: f"/followup/{_recipient(story)}"),
    Screen("safety", "sponsor1", "/safety"),
    Screen("safety-event", "physician1", lambda story: f"/safety/events/{_reported(story)}"),
    Screen("safety-signals", "committee1", "/safety/signals"),
    Screen("followup-blind", "assessor1", lambda story: f"/followup/{_recipient(story)}"),
    Screen("followup-monitor", "monitor1", lambda story: f"/followup/{_recipient(story)}"),
    Screen("outcomes", "statistician1", "/outcomes/MSC-ILD"),
    Screen("outcomes-dictionary", "statistician1", "/outcomes/MSC-ILD/dictionary"),
    Screen("outcomes-open", "coordinator1", "/outcomes/MSC-ILD"),
    Screen("labels", "technician1", "/labels"),
    Screen("label", "technician1", _bag_label),
    Screen("label-nurse", "nurse1", _bag_label),
    Screen("label-scan-back", "technician1", "/labels/scan-back"),
    Screen("label-design", "qa1", "/labels/designs/infusion_bag"),
    Screen("label-queue", "technician1", "/labels/queue"),
    Screen("printers", "admin1", "/labels/printers"),
    Screen("isbt", "admin1", _isbt),
    Screen("command-cards", "technician1", "/labels/cards"),
    Screen("cannot-scan", "technician1", "/labels", _cannot_scan),
    Screen("reader-setup", "technician1", "/labels/setup"),
    Screen("scan-log", "qa1", "/scans"),
    Screen("find", "technician1", "/find"),
    Screen("find-bags", "technician1", "/find?begins=BG&kind=BG"),
    Screen("find-nothing", "technician1", "/find?begins=BG99"),
    Screen("ledger", "inspector1", "/ledger"),
    Screen("entry", "inspector1", "/ledger/900"),
    *ACCOUNTS,
    Screen("materials", "technician1", "/materials"),
    Screen("material-lot", "qa1", lambda story: f"/materials/lots/{story.material('Recombinant trypsin')}"),
    Screen("equipment", "technician1", "/materials/equipment"),
    Screen("machine", "technician1", _machine),
    Screen("machine-log", "technician1", _machine_log),
    Screen("locations", "technician1", "/materials/locations"),
    Screen("location", "qa1", lambda story: f"/materials/locations/{story.place('Bench 1')}"),
    Screen("rooms", "technician1", "/manufacturing/rooms"),
    Screen("room", "technician1", lambda story: f"/manufacturing/rooms/{story.place('Bench 2')}"),
    Screen("boxes", "technician1", "/custody/places"),
    Screen("box", "technician1", _box),
    Screen("bank-vials", "technician1", _bank_vials),
    Screen("pick-list", "technician1", _pick_list),
    Screen("custody", "coordinator1", "/custody"),
    Screen("shippers", "qa1", "/custody/shippers"),
    Screen("way", "coordinator1", _way),
    Screen("donors", "physician1", "/donors"),
    Screen("donor", "physician1", lambda story: f"/donors/{story.served.manifest['donors'][0]['code']}"),
    Screen("donor-to-judge", "physician1", lambda story: f"/donors/{story.served.manifest['donors'][3]['code']}"),
    Screen(
        "donor-questions",
        "coordinator1",
        lambda story: f"/donors/{story.served.manifest['donors'][4]['code']}/questions",
    ),
    Screen("donation", "coordinator1", lambda story: f"/donations/{story.served.manifest['donations'][0]['code']}"),
    Screen("form", "technician1", "/do/materials/receive_lot"),
    Screen("form-faults", "technician1", "/do/materials/receive_lot", _send_empty),
    Screen("form-signed", "qa1", lambda story: f"/do/quality/reject?lot={story.batch}"),
    Screen("error-forbidden", "nurse1", "/ledger"),
    Screen("error-not-found", "qa1", "/code/BG012699999912"),
)


# -- pictures ------------------------------------------------------------------------------------------------------


def photograph(story: Story, browser: Browser, target: Path, chosen: argparse.Namespace) -> int:
    """Take the chosen pictures. Returns how many."""
    words: list[str] = chosen.only
    screens = [screen for screen in SCREENS if not words or any(word in screen.name for word in words)]
    with ExitStack() as stack:
        # A scheme has a browser of its own: one that is switched later may keep colours of the other.
        signed_in: dict[tuple[str | None, str, Scheme], Page] = {}
        for screen, language, scheme in itertools.product(screens, chosen.language, chosen.scheme):
            key = (screen.who, language, scheme)
            if key not in signed_in:
                context = browser.new_context(
                    locale=language, timezone_id="UTC", color_scheme=scheme, reduced_motion="reduce"
                )
                stack.callback(context.close)
                signed_in[key] = context.new_page()
                signed_in[key].set_default_timeout(browsers.TIMEOUT_MS)
                if screen.who is not None:
                    story.served.sign_in(signed_in[key], screen.who)
            _open(story, signed_in[key], screen, chosen.width[0])
            for width in chosen.width:
                _shoot(signed_in[key], width, target / f"{screen.name}.{language}.{width}.{scheme}.png")
    return len(screens) * len(chosen.language) * len(chosen.scheme) * len(chosen.width)


def _open(story: Story, page: Page, screen: Screen, width: int) -> None:
    where = screen.where if isinstance(screen.where, str) else screen.where(story)
    page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 900)})
    page.goto(f"{story.served.url}{where}")
    if screen.act is not None:
        screen.act(story, page)


def _shoot(page: Page, width: int, file: Path) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 900)})
    page.evaluate(DRAWN)
    # What sticks to the foot of the window belongs at the foot of the whole picture, not across its middle.
    height, wide = page.evaluate("() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    page.set_viewport_size({"width": width, "height": min(height, HEIGHT_MOST)})
    page.evaluate(DRAWN)
    page.screenshot(path=file, full_page=True, style=STILL)
    print(file.name if wide <= width else f"{file.name}: {wide} wide, so it scrolls sideways", flush=True)


@contextmanager
def demonstration(source: Path | None) -> Iterator[Demonstration]:
    """A served demonstration in a folder of its own, which is gone afterwards. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "data"
        if source is None:
            subprocess.run([CELLCHAIN, "demo", "--data-dir", folder], check=True, timeout=PLAY_S)
        else:
            copied(source, folder)
        with serving(folder) as served:
            yield served


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="screens", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--data", type=Path, help="a demonstration's data folder; it is copied, not written to")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD")
    parser.add_argument("--width", nargs="+", type=int, default=list(WIDTHS))
    parser.add_argument("--language", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--scheme", nargs="+", choices=SCHEMES, default=list(SCHEMES))
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with demonstration(chosen.data) as served, browsers.launched() as browser:
        taken = photograph(Story(served), browser, chosen.folder, chosen)
    print(f"{taken} pictures in {chosen.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
