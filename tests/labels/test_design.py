"""Designs are data: those there are hold to the rules, and a faulty one is refused with its box and its fault."""

from itertools import combinations

import pytest

from cellchain.kernel.errors import NotFound
from cellchain.labels import design
from cellchain.labels.design import Box, DesignFault, Kind
from cellchain.labels.fonts import SIZE_MIN_PT

DESIGNS = design.names()
FIRST = {
    "badge": (86, 54),
    "command_card": (62, 38),
    "container": (70, 50),
    "cryovial": (38, 13),
    "equipment": (80, 30),
    "harvest_bag": (100, 70),
    "infusion_bag": (100, 100),
    "issue_tag": (100, 70),
    "location": (80, 30),
    "material_lot": (70, 45),
    "partial_bag": (70, 30),
    "sample": (50, 15),
    "tube": (80, 30),
    "vessel": (70, 25),
    "wristband": (150, 25),
}


def test_the_designs_there_are() -> None:
    assert {name: (design.load(name).width_mm, design.load(name).height_mm) for name in DESIGNS} == FIRST


@pytest.mark.parametrize("name", DESIGNS)
def test_a_sample_fills_its_design(name: str) -> None:
    made = design.load(name)
    known = {field for box in made.boxes for field in box.fields() if box.when != "biohazard"}
    given = {key.removesuffix(".en").removesuffix(".ru") for key in design.sample(name)}
    assert set(made.required_fields()) <= given <= known
    for key in design.sample(name):
        stem, _, language = key.rpartition(".")
        assert not stem or f"{stem}.{'ru' if language == 'en' else 'en'}" in design.sample(name)


def overlapping(one: Box, other: Box) -> bool:
    apart = 1e-6
    return (
        one.x_mm + one.width_mm > other.x_mm + apart
        and other.x_mm + other.width_mm > one.x_mm + apart
        and one.y_mm + one.height_mm > other.y_mm + apart
        and other.y_mm + other.height_mm > one.y_mm + apart
    )


def asked(box: Box) -> str:
    """The field that decides whether a box is shown."""
    return (box.when or "").removeprefix("not ").partition("=")[0]


@pytest.mark.parametrize("name", DESIGNS)
def test_no_two_things_share_a_place(name: str) -> None:
    """A strip and a frame are meant to have text on them. Nothing else is, and least of all a symbol."""
    ground = (Kind.STRIP, Kind.FRAME)
    for one, other in combinations(design.load(name).boxes, 2):
        exclusive = one.when != other.when and asked(one) == asked(other) != ""
        apart = not set(one.languages) & set(other.languages)
        rules = one.kind is other.kind is Kind.RULE
        if one.kind in ground or other.kind in ground or exclusive or apart or rules:
            continue
        assert not overlapping(one, other), (one.name, other.name)


@pytest.mark.parametrize("name", DESIGNS)
def test_symbols_have_the_sizes_of_the_print_rules(name: str) -> None:
    boxes = design.load(name).symbols()
    assert boxes
    for box in boxes:
        assert box.module_mm == 0.25 if box.kind is Kind.CODE128 else box.module_mm >= 0.5


def test_a_wristband_has_a_symbol_at_each_end() -> None:
    left, right = design.load("wristband").symbols()
    assert left.x_mm + left.width_mm < 20
    assert right.x_mm > 125


def test_the_bag_label_never_states_a_release() -> None:
    words = " ".join(template for box in design.load("infusion_bag").boxes for template in box.templates()).lower()
    assert not any(word in words for word in ("release", "выпуск", "допущен"))


@pytest.mark.parametrize(
    "name", ["infusion_bag", "container", "harvest_bag", "issue_tag", "partial_bag", "tube", "vessel"]
)
def test_the_legal_statement_is_whole(name: str) -> None:
    (use,) = (box for box in design.load(name).boxes if box.name == "use")
    assert use.templates() == ("For clinical trial use only", "Для клинических исследований")
    assert use.required
    assert use.when is None


@pytest.mark.parametrize("name", ["harvest_bag", "container", "tube", "infusion_bag", "sample"])
def test_a_hazard_has_a_sign_and_words_of_its_own(name: str) -> None:
    hazards = [box for box in design.load(name).boxes if box.when == "biohazard"]
    assert [box.kind for box in hazards if not box.templates()] == [Kind.BIOHAZARD]
    (words,) = (box for box in hazards if box.field == "biohazard")
    assert words.required


def test_all_symbols_of_a_label_say_the_same() -> None:
    """A bag folds and gets wet: whichever of its symbols is read names the same label, and never anything else."""
    for name in DESIGNS:
        assert len({box.field for box in design.load(name).symbols()}) == 1
    kinds = [box.kind for box in design.load("infusion_bag").symbols()]
    assert sorted(kinds) == [Kind.CODE128, Kind.CODE128, Kind.DATAMATRIX]


def test_a_design_is_known_by_its_digest() -> None:
    assert len({design.load(name).digest for name in DESIGNS}) == len(DESIGNS)
    source = b'name = "x"'
    assert design.load("sample") is design.load("sample")
    with pytest.raises(DesignFault):
        design.read("x", source)


@pytest.mark.parametrize("name", ["no_such", "../infusion_bag", "", "fonts"])
def test_an_unknown_design_is_not_found(name: str) -> None:
    for ask in (design.load, design.sample):
        with pytest.raises(NotFound) as refusal:
            ask(name)
        assert refusal.value.code == "label.design_unknown"


GOOD = """
name = "test"
title = { en = "Test", ru = "Проверка" }
width_mm = 50
height_mm = 30
[[boxes]]
name = "demonstration"
kind = "demonstration"
at_mm = [0, 0, 30, 5]
[[boxes]]
name = "reprint"
kind = "reprint"
at_mm = [0, 12, 30, 5]
[[boxes]]
name = "lot"
kind = "text"
at_mm = [0, 6, 30, 5]
field = "lot"
"""


def with_box(lines: str) -> str:
    return f'{GOOD}[[boxes]]\nname = "box"\n{lines}\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name = ", "test: file"),
        (GOOD.replace('name = "test"', 'name = "other"'), "folder test"),
        (GOOD.replace("[0, 0, 30, 5]", "[0, 0, 51, 5]"), "demonstration: it reaches beyond the label"),
        (GOOD.replace("[0, 0, 30, 5]", "[0, 26, 30, 5]"), "demonstration: it reaches beyond the label"),
        (GOOD.replace("[0, 0, 30, 5]", "[-1, 0, 30, 5]"), "positions and sizes are positive"),
        (GOOD.replace("[0, 0, 30, 5]", "[nan, 0, 30, 5]"), "positions and sizes are positive"),
        (GOOD.replace("[0, 0, 30, 5]", "[0, 0, 0, 5]"), "positions and sizes are positive"),
        (GOOD.replace("[0, 0, 30, 5]", "[0, 0, 30]"), "boxes.0.at_mm"),
        (GOOD.replace('"demonstration"\nat', '"text"\nfield = "x"\nat'), "one place for the word DEMONSTRATION"),
        (GOOD.replace('"reprint"\nat', '"text"\nfield = "x"\nat'), "one place for the word REPRINT"),
        (GOOD.replace("height_mm = 30", "height_mm = 30\nlanguages = []"), "a design needs a language"),
        (GOOD.replace('name = "lot"', 'name = "demonstration"'), "two boxes have this name"),
        (GOOD.replace(', ru = "Проверка"', ""), "title.ru"),
        (with_box('kind = "blob"\nat_mm = [0, 0, 1, 1]'), "boxes.3.kind"),
        (with_box('kind = "rule"\nat_mm = [0, 0, 1, 1]\ncolour = "red"'), "boxes.3.colour"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]'), "box: it needs a field or a text"),
        (with_box('kind = "qr"\nat_mm = [0, 0, 15, 15]'), "box: it needs a field"),
        (with_box('kind = "code"\nat_mm = [0, 0, 9, 9]'), "box: it needs a field"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\nfield = "a"\nsize_pt = 5'), "smaller than 5.5 pt"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\nfield = "a"\nmin_size_pt = 5'), "smaller than 5.5 pt"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\nfield = "a"\nmin_size_pt = 9'), "larger than size_pt"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\nfield = "a"\ntext = {en = "a", ru = "b"}'), "not both"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\ntext = {en = "a"}'), "boxes.3.text.ru"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\ntext = {en = "{a", ru = "b"}'), "expected '}'"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\ntext = {en = "{a.b}", ru = "b"}'), "{a.b} is no field"),
        (with_box('kind = "text"\nat_mm = [0, 0, 9, 9]\ntext = {en = "{a:caps}", ru = "b"}'), "a format is one of"),
        (with_box('kind = "datamatrix"\nat_mm = [0, 0, 8, 9]\nfield = "a"'), "9.0 mm wide"),
        (with_box('kind = "datamatrix"\nat_mm = [0, 0, 9, 8]\nfield = "a"'), "9.0 mm high"),
        (with_box('kind = "datamatrix"\nat_mm = [0, 0, 9, 9]\nfield = "a"\nmodule_mm = 0.33'), "multiple of 0.125"),
        (with_box('kind = "code128"\nat_mm = [0, 0, 38, 9]\nfield = "a"\nmodule_mm = 0.25'), "38.5 mm wide"),
    ],
)
def test_a_faulty_design_says_what_is_wrong(text: str, fault: str) -> None:
    with pytest.raises(DesignFault, match="test: ") as refusal:
        design.read("test", text.encode())
    assert fault in str(refusal.value)


def test_a_good_design_is_read_whole() -> None:
    made = design.read("test", GOOD.encode())
    assert (made.name, made.title.ru, len(made.boxes)) == ("test", "Проверка", 3)
    assert made.required_fields() == ("lot",)
    assert all(box.shrinks_to_pt >= SIZE_MIN_PT for box in made.boxes)


def test_a_file_that_is_no_text_is_a_fault() -> None:
    with pytest.raises(DesignFault, match="file"):
        design.read("test", b"\xff\xfe")
