"""What is wrong with an order, field by field, in sentences that say what to do: the same for a form and for JSON."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cellchain.identity import codes
from cellchain.identity.codes import Kind
from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.kernel.text import T
from cellchain.web.shape import Shape, identifier_kinds, shape_at

Model = TypeVar("Model", bound=BaseModel)
KIND_NAMES: Mapping[str, T] = {
    Kind.DONOR: T("a donor"),
    Kind.DONATION: T("a donation"),
    Kind.LOT: T("a lot"),
    Kind.BAG: T("an infusion bag"),
    Kind.CONTAINER: T("a container"),
    Kind.CRYOVIAL: T("a cryovial"),
    Kind.SAMPLE: T("a sample"),
    Kind.RECIPIENT: T("a recipient"),
    Kind.WRISTBAND: T("a wristband"),
    Kind.LABEL: T("a label"),
    Kind.PERSON: T("a person"),
    Kind.MATERIAL_LOT: T("a material lot"),
    Kind.EQUIPMENT: T("a piece of equipment"),
    Kind.LOCATION: T("a storage place"),
    Kind.SHIPMENT: T("a shipment"),
    Kind.COMMAND: T("a command card"),
    Kind.CHAIN_OF_IDENTITY: T("a chain of identity"),
}

NEEDED = T("Fill this in.")
CHOOSE = T("Choose one.")
SCAN = T("Scan it, or type it with its check digits.")
NOT_ACCEPTED = T("This value is not accepted here. Check it and enter it again.")
WHOLE_NUMBER = T("Enter a whole number, for example 12.")
NUMBER = T("Enter a number, for example 2.5.")
MOMENT = T("Enter a date and a time.")
DATE = T("Enter a date.")
CLOCKS_FORWARD = T("The clocks were put forward over this time, so it never was. Enter another one.")
UNKNOWN_FIELD = T("This field is not known here. Open the page again and repeat.")

CONTAINERS = (Kind.BAG, Kind.CONTAINER, Kind.CRYOVIAL)

# Pydantic's error types whose sentence needs no values. Any other type is NOT_ACCEPTED, never pydantic's own English.
_PLAIN: Mapping[str, T] = {
    "extra_forbidden": UNKNOWN_FIELD,
    "string_type": T("Enter a text."),
    "string_pattern_mismatch": T("This does not have the form that is expected here. Compare it with the example."),
    "int_type": WHOLE_NUMBER,
    "int_parsing": WHOLE_NUMBER,
    "int_parsing_size": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "finite_number": NUMBER,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "timezone_aware": T("Enter the time with its zone."),
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
    "bool_type": CHOOSE,
    "bool_parsing": CHOOSE,
    "enum": T("Choose one of the list."),
    "literal_error": T("Choose one of the list."),
    "list_type": T("Enter a list."),
    "tuple_type": T("Enter a list."),
}
# The rest say their limit: type -> template, taking the parameters of pydantic's context by name.
_LIMITED: Mapping[str, str] = {
    "string_too_short": T("At least {min_length} characters are needed.").template,
    "string_too_long": T("At most {max_length} characters fit here. Shorten it.").template,
    "too_short": T("At least {min_length} are needed.").template,
    "too_long": T("At most {max_length} fit here.").template,
    "greater_than": T("Enter more than {gt}.").template,
    "greater_than_equal": T("Enter {ge} or more.").template,
    "less_than": T("Enter less than {lt}.").template,
    "less_than_equal": T("Enter {le} or less.").template,
    "multiple_of": T("Enter a multiple of {multiple_of}.").template,
    "decimal_max_places": T("Enter at most {decimal_places} decimals.").template,
    "decimal_max_digits": T("Enter at most {max_digits} digits.").template,
    "decimal_whole_digits": T("Enter at most {whole_digits} digits before the decimal point.").template,
}


class Coded(T):
    """What a rule says against one field: its sentence, and the stable `code` that stands beside it."""

    code: str

    def __init__(self, error: CellchainError) -> None:
        super().__init__(error.text.template, **error.text.params)
        object.__setattr__(self, "code", error.code)


def invalid_from(error: ValidationError, model: type[BaseModel] | None = None) -> Invalid:
    """The refusal that names each wrong field of an order. A fault of the order as a whole stands under the name "".

    With `model`, sentences fit the field (what to scan, what to choose) and names are free of pydantic's own tags.
    """
    found: dict[str, T] = {}
    for fault in error.errors(include_url=False):
        location = fault["loc"]
        names = [str(part) for part in location] if model is None else place(model, location)
        shape = None if model is None else shape_at(model, names)
        found.setdefault(".".join(names), sentence(fault, shape))
    return Invalid(found)


def order_of(model: type[Model], /, **given: object) -> Model:
    """An order that a page puts together itself out of what came with a request. Raises Invalid."""
    try:
        return model(**given)
    except ValidationError as error:
        raise invalid_from(error, model) from error


def place(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Where a fault is, `["materials", "0", "lot"]`; what pydantic adds for its own unions is left out."""
    names: list[str] = []
    for part in location:
        longer = [*names, str(part)]
        # An unknown field is at home nowhere, yet must be named; a union's tag comes only below a known one.
        if names and shape_at(model, longer) is None:
            break
        names = longer
    return names


def needed(shape: Shape | None) -> T:
    """What to do about a field that was left out."""
    if shape is not None and (shape.is_choice or shape.core is bool):
        return CHOOSE
    return SCAN if identifier_kinds(shape) else NEEDED


def sentence(fault: Mapping[str, Any], shape: Shape | None = None) -> T:
    """One of pydantic's faults as a sentence; `shape` is that of the field, where it is known."""
    kind, context = fault["type"], fault.get("ctx") or {}
    if kind == "missing":
        return needed(shape)
    if kind == codes.Reason.WRONG_KIND:
        return wrong_kind(str(fault.get("input", "")), identifier_kinds(shape))
    if kind in codes.SENTENCES:
        return codes.SENTENCES[kind]
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _LIMITED:
        return T(_LIMITED[kind], **{name: _exact(value) for name, value in context.items()})
    text = getattr(context.get("error"), "text", None)
    return text if isinstance(text, T) else NOT_ACCEPTED


def wrong_kind(identifier: str, expected: Sequence[Kind]) -> T:
    """`This is a lot. Scan a wristband.`, as far as both are known."""
    actual = KIND_NAMES.get(identifier[:2])
    if actual is None or not expected:
        return codes.SENTENCES[codes.Reason.WRONG_KIND]
    return T("This is {actual}. Scan {expected}.", actual=actual, expected=any_of(expected))


def any_of(kinds: Sequence[Kind]) -> T:
    """Several kinds in words: `a donation or a lot`. Bag, vessel and vial together are a container."""
    if set(CONTAINERS) <= set(kinds):
        kinds = [kind for kind in kinds if kind not in CONTAINERS or kind is Kind.CONTAINER]
    names = [KIND_NAMES[kind] for kind in dict.fromkeys(kinds)]
    *others, last = names
    if not others:
        return last
    listed = others[0]
    for name in others[1:]:
        listed = T("{some}, {next}", some=listed, next=name)
    return T("{some} or {last}", some=listed, last=last)


def _exact(value: Any) -> Any:
    """Bounds of integers come as floats now and then; a sentence says 5, not 5.0."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else Decimal(str(value))
    return value
