"""Symbols: each reads back, on paper and on a screen, and nothing unprintable gets into one."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cellchain.identity import codes
from cellchain.labels import symbols
from cellchain.labels.symbols import Decoded, Symbol, SymbolUnprintable

MAKERS = {"code128": symbols.code128, "datamatrix": symbols.datamatrix, "qr": symbols.qr}
LABEL = codes.issue(codes.Kind.LABEL, 1, 2026, 731)

issued = st.builds(
    codes.issue, st.sampled_from(codes.Kind), st.just(1), st.just(2026), st.integers(0, codes.SEQUENCE_MAX)
)


def drawn(symbol: Symbol, scale: int = 4) -> Image.Image:
    """The symbol's bars as dark pixels on white, quiet zone included."""
    high = 40 if symbol.is_linear else symbol.height
    picture = np.full((high, symbol.width), 255, dtype=np.uint8)
    for x, y, length in symbol.bars():
        picture[slice(None) if symbol.is_linear else y, x : x + length] = 0
    return Image.fromarray(np.kron(picture, np.ones((scale, scale), dtype=np.uint8)))


@pytest.mark.parametrize("symbology", MAKERS)
@given(text=issued)
def test_every_identifier_reads_back(symbology: str, text: str) -> None:
    assert symbols.decode(drawn(MAKERS[symbology](text))) == [Decoded(text, symbology)]


@pytest.mark.parametrize(("symbology", "width", "quiet"), [("code128", 154, 10), ("datamatrix", 18, 2), ("qr", 29, 4)])
def test_size_of_an_identifier_with_its_quiet_zone(symbology: str, width: int, quiet: int) -> None:
    symbol = MAKERS[symbology](LABEL)
    assert (symbol.width, symbol.quiet) == (width, quiet)
    columns = [x for x, _, _ in symbol.bars()] + [x + length for x, _, length in symbol.bars()]
    assert (min(columns), max(columns)) == (quiet, width - quiet)


def test_code128_modules() -> None:
    modules = symbols.code128_modules(LABEL)
    assert len(modules) == 134
    assert set(modules) == {"0", "1"}
    assert modules.endswith("1100011101011"), "the stop pattern"


@pytest.mark.parametrize(
    ("svg", "box"),
    [(symbols.code128_svg, "0 0 154 1"), (symbols.datamatrix_svg, "0 0 18 18"), (symbols.qr_svg, "0 0 29 29")],
)
def test_svg_for_screens_holds_to_a_strict_policy(svg: Callable[[str], str], box: str) -> None:
    text = svg(LABEL)
    root = ElementTree.fromstring(text)
    assert root.get("viewBox") == box
    assert "style" not in text
    (path,) = root
    assert path.get("fill") == "currentColor"
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", path.get("d") or "")
    assert LABEL not in text


def test_svg_draws_the_same_modules_as_the_printer() -> None:
    symbol = symbols.datamatrix(LABEL)
    runs = re.findall(r"M(\d+) (\d+)h(\d+)", symbols.path(symbol))
    assert [tuple(map(int, run)) for run in runs] == list(symbol.bars())


@pytest.mark.parametrize("text", ["", "Л", "A\nB", "A\x1dB", "x" * 65])
@pytest.mark.parametrize("symbology", MAKERS)
def test_what_no_symbol_may_carry(symbology: str, text: str) -> None:
    with pytest.raises(SymbolUnprintable) as refusal:
        MAKERS[symbology](text)
    assert refusal.value.code == "label.symbol_unprintable"


def test_decoding_a_blank_picture_finds_nothing() -> None:
    assert symbols.decode(Image.new("L", (200, 200), 255)) == []
