"""What labels must say, as a table: at which stage, and affixed, attached or accompanying (`labels/elements.toml`).

The table paraphrases, as the project's collected facts give them: the label tables in the appendix of the FACT-JACIE
standards for cellular therapy (partial label, end of collection, end of processing, distribution); 21 CFR 1271.370 of
the United States; USP <1046> on short shelf lives; and, of Russia, 180-FZ article 36 («Для клинических исследований»)
and order 145n (hour and minute of manufacture and expiry where the shelf life is under 15 days). Verify each row in the
current edition of its source before a claim is made: none of them is quoted here, and they change.

The table is data, so that whoever knows the current edition changes a line and not a program. It is checked against the
designs: what must be affixed or attached stands on its label always, in each of its languages, or no label is printed.
"""

import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from pydantic import ConfigDict, TypeAdapter, ValidationError

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.labels import design as designs
from cellchain.labels.design import Box, Design
from cellchain.paths import labels_dir

ATTACHED_DESIGN = "issue_tag"
# What goes with a container: what each of these is called in the house.
DOCUMENTS = frozenset({"batch record", "custody record", "donor file", "wristband"})


class Stage(StrEnum):
    """From when on an element must be there."""

    PARTIAL = "partial"
    COLLECTION = "collection"
    PROCESSING = "processing"
    DISTRIBUTION = "distribution"


class State(StrEnum):
    """Where an element stands."""

    AFFIXED = "affixed"
    ATTACHED = "attached"
    ACCOMPANYING = "accompanying"


class ElementFault(ValueError):
    """The table does not hold what it must, or a design lacks an element of it. Names the element."""

    def __init__(self, element: str, fault: str) -> None:
        super().__init__(f"{element}: {fault}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One line of the table.

    On a label it is a `field` of the `design`, or the fixed statement in a `box`; `when` names the data without which
    it does not apply. Else a `document` holds it.
    """

    stage: Stage
    element: str
    element_ru: str
    state: State
    design: str | None = None
    field: str | None = None
    box: str | None = None
    document: str | None = None
    when: str | None = None

    __pydantic_config__ = ConfigDict(extra="forbid")

    def shown_by(self, box: Box) -> bool:
        """Whether a box of the design says this, or else refuses the label."""
        says = box.name == self.box if self.field is None else self.field in (box.field, *box.fields())
        return says and box.required


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    elements: tuple[Element, ...]

    __pydantic_config__ = ConfigDict(extra="forbid")


def load() -> tuple[Element, ...]:
    """The table, checked against itself and the designs. Raises ElementFault."""
    return read(_file())


def read(source: bytes) -> tuple[Element, ...]:
    """Check the text of a table. Raises ElementFault."""
    lines = _lines(source)
    for element in lines:
        for wrong in _faults(element):
            raise ElementFault(element.element, wrong)
    return lines


def of_design(name: str) -> tuple[Element, ...]:
    """What the table asks of a design, in the order of the stages."""
    return tuple(element for element in _lines(_file()) if element.design == name)


def missing(design: Design) -> tuple[Element, ...]:
    """What the table asks of this design and it does not always show. Such a design is not to be approved."""
    return tuple(element for element in of_design(design.name) if not always_shown(element, design))


def may_approve(design: Design) -> None:
    """Raises Refused where the table asks for something that this design does not always show."""
    lacking = missing(design)
    if lacking:
        raise Refused(
            "label.elements_missing",
            "The design {design} does not always show what it must: {element}. Add it, then approve the design.",
            design=design.name,
            element=lacking[0].element,
        )


def _file() -> bytes:
    return (labels_dir() / "elements.toml").read_bytes()


@lru_cache(maxsize=4)
def _lines(source: bytes) -> tuple[Element, ...]:
    """The lines of a table, each by itself. Raises ElementFault."""
    try:
        return TypeAdapter(_Table).validate_python(tomllib.loads(source.decode())).elements
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ElementFault("file", str(fault)) from fault
    except ValidationError as fault:
        where, what = fault.errors()[0]["loc"], fault.errors()[0]["msg"]
        raise ElementFault(".".join(map(str, where)), what) from fault


def always_shown(element: Element, design: Design) -> bool:
    """Whether the design says this in each of its languages, in whichever form of it is printed."""
    boxes = [box for box in design.boxes if element.shown_by(box)]
    return all(_covers([box for box in boxes if language in box.languages], element) for language in design.languages)


def _covers(boxes: list[Box], element: Element) -> bool:
    """Whether one of the boxes is there at any data, or two between them: one with a field, one without it."""
    conditions = {box.when for box in boxes}
    if None in conditions or (element.when is not None and element.when in conditions):
        return True
    return any(f"not {condition}" in conditions for condition in conditions)


def _faults(element: Element) -> Iterator[str]:
    if element.state is State.ACCOMPANYING:
        if element.document not in DOCUMENTS:
            yield f"a document is one of {', '.join(sorted(DOCUMENTS))}"
        if element.design or element.field or element.box or element.when:
            yield "what accompanies a container stands in a document alone"
        return
    if element.document is not None:
        yield "it stands on a label or in a document, not both"
    if element.state is State.ATTACHED and element.design != ATTACHED_DESIGN:
        yield f"what is attached stands on the {ATTACHED_DESIGN}"
    if element.state is State.AFFIXED and element.design == ATTACHED_DESIGN:
        yield f"the {ATTACHED_DESIGN} is attached"
    if element.design not in designs.names():
        yield f"there is no design {element.design}"
    elif (element.field is None) is (element.box is None):
        yield "it names a field or a box"
    elif not always_shown(element, designs.load(element.design)):
        yield f"the design {element.design} does not always show it"
