"""Command cards on paper: what one says, and the commands and the numbers on a page of A4 each, to cut apart."""

from dataclasses import replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import NotFound, Refused
from cellchain.labels import design as designs
from cellchain.labels import layout, pdf
from cellchain.labels.cards import BY_CODE, CARDS, Card
from cellchain.labels.design import Language
from cellchain.labels.layout import Area, Item, Outline, Sheet, Writing
from cellchain.labels.marks import Shape
from cellchain.ledger.describe import LabelData
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import LANGUAGES, Voice

DESIGN = "command_card"
PAGE_MM = 210.0, 297.0  # A4
ACROSS = 3
GAP_MM = 2.0


def label(tx: ReadTx, code: str, design: str) -> LabelData:
    """What a command card says. It carries its own code: it names nothing, and is never used up.

    Raises NotFound, Refused `label.wrong_design`.
    """
    if design != DESIGN:
        raise Refused(
            "label.wrong_design", "{container} wears another label. Print the one that belongs to it.", container=code
        )
    card = BY_CODE.get(code)
    if card is None:
        raise NotFound("record.not_found", key=code)
    return LabelData(fields_of(card), symbol=code)


def fields_of(card: Card) -> dict[str, str]:
    """A card's word, large, and what it does, in both languages."""
    fields = {"command": card.code}
    for language in LANGUAGES:
        say = Voice(language, ZoneInfo("UTC")).say
        fields[f"word.{language}"] = say(card.word).upper()
        fields[f"does.{language}"] = say(card.does)
    return fields


@lru_cache(maxsize=16)
def document(language: Language, *, numbers: bool, demonstration: bool) -> bytes:
    """The cards of commands, or those of numbers, on one page of A4. Equal arguments give equal bytes."""
    sheet = [card for card in CARDS if card.is_key == numbers]
    design = designs.load(DESIGN)
    wide, high = design.width_mm + GAP_MM, design.height_mm + GAP_MM
    down = -(-len(sheet) // ACROSS)
    left, top = (PAGE_MM[0] + GAP_MM - ACROSS * wide) / 2, (PAGE_MM[1] + GAP_MM - down * high) / 2
    ensure(min(left, top) > 0, "the cards have room on one page")
    cards = [
        _moved(
            layout.place(design, fields_of(card), language=language, demonstration=demonstration),
            left + index % ACROSS * wide,
            top + index // ACROSS * high,
        )
        for index, card in enumerate(sheet)
    ]
    page = Sheet(
        title=design.title.ru if language == "ru" else design.title.en,
        width_mm=PAGE_MM[0],
        height_mm=PAGE_MM[1],
        ground=(),
        items=tuple(item for card in cards for item in card.items),
        banner=None,
        symbols=tuple(bars for card in cards for bars in card.symbols),
    )
    return pdf.draw(page)


def _moved(sheet: Sheet, right: float, down: float) -> Sheet:
    """A card on its place: what every card has is moved with it."""
    items = (*sheet.ground, *sheet.items)
    bars = (replace(one, x_mm=one.x_mm + right, y_mm=one.y_mm + down) for one in sheet.symbols)
    return replace(sheet, ground=(), items=tuple(_item_moved(item, right, down) for item in items), symbols=tuple(bars))


def _item_moved(item: Item, right: float, down: float) -> Item:
    match item:
        case Writing():
            return replace(item, x_mm=item.x_mm + right, baseline_mm=item.baseline_mm + down)
        case Shape():
            return replace(item, points_mm=tuple((x + right, y + down) for x, y in item.points_mm))
        case Area() | Outline():
            return replace(item, x_mm=item.x_mm + right, y_mm=item.y_mm + down)
