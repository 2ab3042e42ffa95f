"""The camera as a reader: a real label before a real browser's camera, and every way in which there is no camera."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cellchain.identity.codes import Kind, issue
from tests.e2e.camera_stage import INSECURE, Camera, with_camera
from tests.e2e.scan_sink_app import Bench, running
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.screens import PHONE, TABLET, assert_sound
from tests.e2e.server import Demonstration
from tests.support import browser as browsers

Opener = Callable[..., Page]
LABEL, OTHER = issue(Kind.LABEL, 1, 2026, 412), issue(Kind.LABEL, 1, 2026, 413)
# Every stream that the page was given, so that a test can see it end.
WATCH_STREAMS = """
  window.streams = [];
  const give = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (give) navigator.mediaDevices.getUserMedia = async (wishes) => {
    window.wishes = wishes;
    const stream = await give(wishes);
    window.streams.push(stream);
    return stream;
  };
"""
LIVE = "() => streams.flatMap((stream) => stream.getTracks()).filter((track) => track.readyState === 'live').length"
# A worker that finds what the test says, picture by picture; the last finding stays.
FINDINGS = """
  window.Worker = class {
    constructor() { setTimeout(() => this.onmessage({ data: { ready: true } })); }
    postMessage() {
      const found = window.findings.length > 1 ? window.findings.shift() : window.findings[0];
      setTimeout(() => this.onmessage?.({ data: { symbols: found.map((text) => ({ text, aim: "]d1" })) } }));
    }
    terminate() { this.onmessage = null; window.terminated = true; }
  };
"""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the browser takes for its camera."""
    return tmp_path_factory.mktemp("camera") / "film.mjpeg"


@pytest.fixture
def camera(video: Path) -> Camera:
    """The camera, with nothing before it."""
    return Camera(video)


@pytest.fixture(scope="module")
def filming(browser: Browser, video: Path) -> Iterator[Browser]:
    """A browser with a camera."""
    Camera(video)
    with with_camera(browser, video) as found:
        yield found


@pytest.fixture
def open_filming(filming: Browser, complaints: list[str]) -> Iterator[Opener]:
    """Opens watched pages of the browser with a camera."""
    with browsers.pages(filming, complaints) as open_one:
        yield open_one


@pytest.fixture(scope="module")
def gallery_server() -> Iterator[Bench]:
    """The gallery, running for all tests of this file."""
    with running() as bench:
        yield bench


@pytest.fixture
def bench(gallery_server: Bench) -> Bench:
    """The same, having received nothing."""
    gallery_server.received.clear()
    return gallery_server


@pytest.fixture
def gallery(open_filming: Opener, bench: Bench, camera: Camera) -> Page:
    """The gallery in the browser with a camera."""
    return opened(open_filming(), bench)


def opened(page: Page, bench: Bench, *scripts: str, host: str = "127.0.0.1") -> Page:
    """The gallery with scripts of the test's own before it, its sink armed."""
    for script in (WATCH_STREAMS, *scripts):
        page.add_init_script(script)
    page.goto(f"{bench.url.replace('127.0.0.1', host)}/gallery")
    expect(page.locator("form.sink[data-armed]")).to_be_visible()
    return page


def press(page: Page) -> Locator:
    """Press Camera and give the dialog."""
    page.locator(".sink-camera").click()
    return page.locator("dialog.camera")


def said(dialog: Locator) -> Locator:
    """The one sentence that the dialog shows."""
    return dialog.locator("[data-camera]:not([hidden])")


# ---- what it is for --------------------------------------------------------------------------------------------------


def test_a_real_label_before_the_camera_is_a_scan(gallery: Page, bench: Bench, camera: Camera) -> None:
    camera.show("infusion_bag", label_code=LABEL)
    dialog = press(gallery)
    expect(gallery.locator("[data-seen='1']")).to_be_attached(timeout=20_000)
    [scan] = bench.received
    assert (scan["symbol"], scan["capture"]) == (f"]d1{LABEL}", "camera")
    assert len(scan["nonce"]) == 36
    expect(dialog).to_be_hidden()
    assert gallery.evaluate(LIVE) == 0
    assert gallery.evaluate("wishes.video.facingMode") == "environment"
    expect(gallery.locator(".sink-camera")).to_be_focused()


def test_two_codes_before_the_camera_are_a_question(open_filming: Opener, bench: Bench, camera: Camera) -> None:
    page = opened(open_filming(viewport=TABLET, bypass_csp=True, locale="en"), bench)
    camera.show_two(LABEL, OTHER)
    expect(said(press(page))).to_contain_text("Different symbols", timeout=20_000)
    page.wait_for_timeout(800)
    assert bench.received == []
    assert_sound(page)


def test_a_separator_inside_a_symbol_arrives_as_one(gallery: Page, bench: Bench, camera: Camera) -> None:
    camera.show_two("10AB\x1d21CD", "10AB\x1d21CD")
    press(gallery)
    expect(gallery.locator("[data-seen='1']")).to_be_attached(timeout=20_000)
    assert [scan["symbol"] for scan in bench.received] == ["]d110AB\x1d21CD"]


def test_both_nurses_check_a_bag_with_the_camera(open_filming: Opener, served: Demonstration, camera: Camera) -> None:
    bag = served.bags("ready", "msc")[0]
    held = {
        "wristband": {"wristband_code": served.band(bag["recipient"])},
        "infusion_bag": {"label_code": bag["label"]},
    }
    for who, heading in (("nurse1", "The first check is done."), ("nurse2", "MATCH")):
        page = served.sign_in(open_filming(viewport=PHONE, locale="en"), who, "/bedside")
        for name, fields in held.items():
            camera.show(name, **fields)
            with page.expect_response("**/bedside/scan"):
                press(page)
        page.click("form.c-look button[value=right]")
        expect(page.locator("h1").first).to_have_text(heading)


# ---- one look and its end --------------------------------------------------------------------------------------------


def test_a_symbol_counts_when_it_was_seen_twice(open_filming: Opener, bench: Bench, camera: Camera) -> None:
    findings = f"window.findings = [['{LABEL}'], [], ['{OTHER}'], ['{LABEL}'], ['{OTHER}'], ['{OTHER}']]"
    page = opened(open_filming(), bench, FINDINGS, findings)
    press(page)
    expect(page.locator("[data-seen='1']")).to_be_attached()
    assert [scan["symbol"] for scan in bench.received] == [f"]d1{OTHER}"]
    assert page.evaluate("findings.length") == 1
    assert page.evaluate("terminated")


def test_a_symbol_seen_once_is_no_scan(open_filming: Opener, bench: Bench, camera: Camera) -> None:
    page = opened(open_filming(), bench, FINDINGS, f"window.findings = [['{LABEL}'], []]")
    dialog = press(page)
    page.wait_for_timeout(1_500)
    expect(dialog).to_be_visible()
    assert bench.received == []


@pytest.mark.parametrize("way", ["button", "escape", "hidden", "gone"])
def test_everything_stops_with_the_dialog(gallery: Page, bench: Bench, way: str) -> None:
    dialog = press(gallery)
    expect(said(dialog)).to_contain_text("inside the frame", timeout=20_000)
    assert gallery.evaluate(LIVE) == 1
    assert len(gallery.workers) == 1
    if way == "button":
        dialog.get_by_role("button", name="Close the camera").click()
    elif way == "escape":
        gallery.keyboard.press("Escape")
    elif way == "hidden":
        gallery.evaluate(
            "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
            " document.dispatchEvent(new Event('visibilitychange')) }"
        )
    else:
        dialog.evaluate("(dialog) => dialog.remove()")
    expect(dialog).to_be_hidden()
    stopped(gallery)
    assert bench.received == []


def stopped(page: Page) -> None:
    """Wait until nothing films and nothing reads any more."""
    for _ in range(200):
        if page.evaluate(LIVE) == 0 and page.workers == []:
            return
        page.wait_for_timeout(100)
    assert (page.evaluate(LIVE), page.workers) == (0, [])


def test_a_camera_that_comes_too_late_is_switched_off(open_filming: Opener, bench: Bench, camera: Camera) -> None:
    late = """
      const soon = navigator.mediaDevices.getUserMedia;
      const wait = () => new Promise((done) => setTimeout(done, 600));
      navigator.mediaDevices.getUserMedia = async (wishes) => { await wait(); return soon(wishes); };
    """
    page = opened(open_filming(), bench, late)
    dialog = press(page)
    expect(said(dialog)).to_contain_text("The camera starts.")
    page.keyboard.press("Escape")
    page.wait_for_timeout(1_500)
    assert page.evaluate("streams.length") == 1
    assert page.evaluate(LIVE) == 0


def test_the_reader_works_while_the_camera_looks(gallery: Page, bench: Bench) -> None:
    expect(said(press(gallery))).to_contain_text("inside the frame", timeout=20_000)
    Reader(gallery).scan(LABEL)
    expect(gallery.locator("[data-seen='1']")).to_be_attached()
    assert [(scan["symbol"], scan["capture"]) for scan in bench.received] == [(LABEL, "wedge")]


def test_the_light_is_offered_where_there_is_one(open_filming: Opener, bench: Bench, camera: Camera) -> None:
    torch = """
      window.torch = false;
      const track = MediaStreamTrack.prototype;
      track.getCapabilities = () => ({ torch: true });
      track.getSettings = () => ({ torch: window.torch });
      track.applyConstraints = async ({ advanced: [{ torch }] }) => { window.torch = torch; };
    """
    page = opened(open_filming(), bench, torch)
    light = press(page).get_by_role("button", name="Light")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("torch")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "false")
    assert not page.evaluate("torch")


def test_without_a_light_none_is_offered(gallery: Page) -> None:
    dialog = press(gallery)
    expect(said(dialog)).to_contain_text("inside the frame", timeout=20_000)
    expect(dialog.locator("[data-torch]")).to_be_hidden()


# ---- no camera -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("NotAllowedError", "This page may not use the camera. Allow it in the browser's settings"),
        ("NotFoundError", "No camera was found. Use the reader, or another device."),
        ("NotReadableError", "The camera is in use elsewhere"),
        ("TypeError", "This browser cannot read symbols with the camera."),
    ],
)
def test_no_camera_is_said_in_words(
    open_filming: Opener, bench: Bench, camera: Camera, fault: str, sentence: str
) -> None:
    refuse = (
        "navigator.mediaDevices.getUserMedia = async () => "
        f"{{ throw Object.assign(new Error(''), {{ name: '{fault}' }}) }}"
    )
    page = opened(open_filming(viewport=TABLET, bypass_csp=True, locale="en"), bench, refuse)
    dialog = press(page)
    expect(said(dialog)).to_contain_text(sentence)
    assert_sound(page)
    dialog.get_by_role("button", name="Close the camera").click()
    expect(dialog).to_be_hidden()


def test_an_insecure_address_is_said_in_words(open_filming: Opener, bench: Bench, complaints: list[str]) -> None:
    page = opened(open_filming(), bench, host=INSECURE)
    expect(said(press(page))).to_contain_text("Open this page with https, or use the reader.")
    # The browser says the same about the other headers.
    assert all("untrustworthy" in complaint for complaint in complaints), complaints
    complaints.clear()


def test_a_browser_without_the_reader_says_so(
    open_filming: Opener, bench: Bench, camera: Camera, complaints: list[str]
) -> None:
    page = open_filming()
    page.route("**/static/vendor/zxing_reader.wasm", lambda route: route.abort())
    opened(page, bench)
    expect(said(press(page))).to_contain_text("This browser cannot read symbols with the camera.")
    complaints.clear()


def test_without_scripts_no_camera_is_offered(open_filming: Opener, bench: Bench) -> None:
    page = open_filming(java_script_enabled=False)
    page.goto(f"{bench.url}/gallery")
    expect(page.locator(".sink-camera")).to_be_hidden()


# ---- what is allowed to run ------------------------------------------------------------------------------------------


def test_webassembly_runs_in_the_reader_and_on_no_page(gallery: Page, bench: Bench, complaints: list[str]) -> None:
    tried = gallery.evaluate(
        "() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => 'runs', (e) => e.name)"
    )
    assert tried == "CompileError"
    policies = {
        path: gallery.request.get(f"{bench.url}{path}").headers["content-security-policy"]
        for path in (
            "/gallery",
            "/static/js/camera.js",
            "/static/js/camera-reader.js",
            "/static/vendor/zxing-reader.js",
        )
    }
    assert [path for path, policy in policies.items() if "unsafe" in policy] == ["/static/js/camera-reader.js"]
    complaints.clear()


def test_nothing_of_it_is_fetched_before_it_is_asked_for(open_filming: Opener, bench: Bench, camera: Camera) -> None:
    page, fetched = open_filming(), list[str]()
    page.on("request", lambda request: fetched.append(request.url))
    opened(page, bench)
    assert [url for url in fetched if "zxing" in url or "camera-reader" in url] == []
    assert page.evaluate("streams.length") == 0
