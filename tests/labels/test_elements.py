"""The table of label elements: each is where it says, always, or the table and the design are refused."""

from dataclasses import replace

import pytest

from cellchain.labels import design, elements
from cellchain.labels.elements import ATTACHED_DESIGN, Element, ElementFault, Stage, State

TABLE = elements.load()


@pytest.mark.parametrize("element", TABLE, ids=lambda one: f"{one.stage}-{one.design}-{one.field or one.box}")
def test_each_element_is_where_the_table_says(element: Element) -> None:
    if element.state is State.ACCOMPANYING:
        assert element.document in elements.DOCUMENTS
        return
    assert (element.design == ATTACHED_DESIGN) is (element.state is State.ATTACHED)
    made = design.load(element.design or "")
    boxes = [box for box in made.boxes if element.shown_by(box)]
    assert boxes
    assert all(box.required for box in boxes)
    assert elements.always_shown(element, made)


def test_every_stage_and_every_state_has_its_elements() -> None:
    assert {element.stage for element in TABLE} == set(Stage)
    assert {element.state for element in TABLE} == set(State)
    assert {element.document for element in TABLE if element.document} == elements.DOCUMENTS
    assert len({(one.stage, one.element, one.design, one.document) for one in TABLE}) == len(TABLE)


@pytest.mark.parametrize("name", design.names())
def test_no_design_lacks_an_element(name: str) -> None:
    assert elements.missing(design.load(name)) == ()


@pytest.mark.parametrize("box", ["site", "product_name", "product_name_closer", "biohazard", "use", "expires_date"])
def test_a_design_that_lost_an_element_is_found(box: str) -> None:
    """Also where only one of its forms, or one of its languages, lost it, and where it is there but not required."""
    made = design.load("infusion_bag")
    less = replace(made, boxes=tuple(one for one in made.boxes if one.name != box))
    loose = tuple(replace(one, required=False) if one.name == box else one for one in made.boxes)
    optional = replace(made, boxes=loose)
    if box == "expires_date":  # its time of day stands in a box of its own
        assert elements.missing(less) == elements.missing(optional) == ()
        return
    assert len(elements.missing(less)) == len(elements.missing(optional)) == 1


LINE = """
[[elements]]
stage = "processing"
element = "Test"
"""


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ('state = "affixed"\ndesign = "infusion_bag"\nfield = "no_such"', "does not always show it"),
        ('state = "affixed"\ndesign = "vessel"\nbox = "no_such"', "does not always show it"),
        ('state = "affixed"\ndesign = "sample"\nfield = "biohazard"', "does not always show it"),
        ('state = "affixed"\ndesign = "cryovial"\nfield = "biohazard"\nwhen = "biohazard"', "does not always show it"),
        ('state = "affixed"\ndesign = "issue_tag"\nfield = "recipient"', "the issue_tag is attached"),
        ('state = "attached"\ndesign = "infusion_bag"\nfield = "recipient"', "stands on the issue_tag"),
        ('state = "affixed"\ndesign = "no_such"\nfield = "site"', "there is no design no_such"),
        ('state = "affixed"\ndesign = "infusion_bag"', "a field or a box"),
        ('state = "affixed"\ndesign = "infusion_bag"\nfield = "site"\nbox = "site"', "a field or a box"),
        ('state = "affixed"\ndesign = "infusion_bag"\nfield = "site"\ndocument = "batch record"', "not both"),
        ('state = "accompanying"', "a document is one of"),
        ('state = "accompanying"\ndocument = "a letter"', "a document is one of"),
        ('state = "accompanying"\ndocument = "batch record"\ndesign = "sample"', "in a document alone"),
        ('state = "nowhere"', "elements.0.state"),
        ('state = "affixed"\ncolour = "red"', "elements.0.colour"),
        ("state =", "file"),
    ],
)
def test_a_faulty_line_says_what_is_wrong(lines: str, fault: str) -> None:
    with pytest.raises(ElementFault) as refusal:
        elements.read(f"{LINE}{lines}\n".encode())
    assert fault in str(refusal.value)
