"""Native identifiers: round trip, every single error and every transposition caught, typed identifiers in orders."""

import copy
import json
import pickle
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from cellchain.identity import codes
from cellchain.identity.codes import Code, Kind, NotACode, Reason
from cellchain.kernel.errors import InvariantBroken

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

numbers = st.tuples(
    st.sampled_from(Kind), st.integers(0, codes.SITE_MAX), st.integers(2000, 2099), st.integers(0, codes.SEQUENCE_MAX)
)
issued = numbers.map(lambda number: codes.issue(*number))


def reason_of(text: str) -> Reason | None:
    try:
        codes.parse(text)
    except NotACode as fault:
        return fault.reason
    return None


@given(numbers)
def test_what_is_issued_reads_back(number: tuple[Kind, int, int, int]) -> None:
    text = codes.issue(*number)
    assert len(text) == codes.LENGTH
    assert codes.parse(text) == Code(*number, text)
    assert codes.parse(codes.ungrouped(codes.grouped(text))).text == text


@given(issued)
def test_every_single_error_is_caught(text: str) -> None:
    for position, right in enumerate(text):
        for wrong in ALPHABET.replace(right, ""):
            assert reason_of(text[:position] + wrong + text[position + 1 :]) is not None


@given(issued)
def test_every_transposition_is_caught(text: str) -> None:
    for first, second in combinations(range(codes.LENGTH), 2):
        if text[first] != text[second]:
            swapped = list(text)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            assert reason_of("".join(swapped)) is not None


def test_check_digits_cover_the_letters_by_themselves() -> None:
    """Each kind against each other kind on the same number: the check digits differ, so DN never reads as DO."""
    for one, other in combinations(Kind, 2):
        assert codes.issue(one, 1, 2026, 412)[2:] != codes.issue(other, 1, 2026, 412)[2:]


def test_only_the_canonical_check_digits_are_accepted() -> None:
    """98 and 01 leave the same remainder modulo 97. The one that was never printed is refused."""
    lowest = next(text for n in range(1000) if (text := codes.issue(Kind.BAG, 1, 2026, n)).endswith("98"))
    assert reason_of(lowest[:-2] + "01") is Reason.BAD_CHECK


def test_known_value() -> None:
    """BG is 1116; 98 - 1116 01 26 000412 00 mod 97, done by hand once."""
    assert codes.issue(Kind.BAG, 1, 2026, 412) == f"BG0126000412{98 - 11160126000412 * 100 % 97:02d}"
    assert codes.grouped(codes.issue(Kind.BAG, 1, 2026, 412)).startswith("BG 01 26 000412 ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.WRONG_LENGTH),
        ("BG", Reason.WRONG_LENGTH),
        (codes.issue(Kind.BAG, 1, 2026, 1) + " ", Reason.WRONG_LENGTH),
        ("XX0126000412" + "00", Reason.UNKNOWN_KIND),
        (codes.issue(Kind.BAG, 1, 2026, 1).lower(), Reason.UNKNOWN_KIND),
        ("BG01260004l2" + "57", Reason.NOT_DIGITS),
        ("BG0126000412\u0665\u0667", Reason.NOT_DIGITS),
        ("BG0126000412+7", Reason.NOT_DIGITS),
        ("BG0126000412\n7", Reason.NOT_DIGITS),
        ("BG012600041200", Reason.BAD_CHECK),
    ],
)
def test_what_is_no_identifier_says_why(text: str, reason: Reason) -> None:
    with pytest.raises(NotACode) as refusal:
        codes.parse(text)
    assert refusal.value.reason is reason
    assert str(refusal.value) == str(codes.SENTENCES[reason])


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_not_a_code(text: str) -> None:
    assert reason_of(text) is not None or codes.parse(text).text == text


@pytest.mark.parametrize(
    "bad",
    [
        (Kind.BAG, 100, 2026, 1),
        (Kind.BAG, 1, 26, 1),
        (Kind.BAG, 1, 2100, 1),
        (Kind.BAG, 1, 2026, -1),
        (Kind.BAG, 1, 2026, 1_000_000),
    ],
)
def test_a_number_that_does_not_fit_is_our_mistake(bad: tuple[Kind, int, int, int]) -> None:
    with pytest.raises(InvariantBroken):
        codes.issue(*bad)


def test_sequence_zero_is_a_preview() -> None:
    assert codes.preview_label(1, 2026).is_preview
    assert not codes.LabelCode(codes.issue(Kind.LABEL, 1, 2026, 1)).is_preview


IDENTIFIERS = codes.Identifier.__subclasses__()


@pytest.mark.parametrize("typed", IDENTIFIERS, ids=lambda typed: typed.__name__)
def test_a_typed_identifier_takes_its_kinds_only(typed: type[codes.Identifier]) -> None:
    for kind in Kind:
        text = codes.issue(kind, 1, 2026, 7)
        if kind in typed.kinds:
            value = typed(text)
            assert (value, value.kind, value.code.sequence) == (text, kind, 7)
            assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
            assert json.dumps(value) == f'"{text}"'
        else:
            with pytest.raises(NotACode) as refusal:
                typed(text)
            assert refusal.value.reason is Reason.WRONG_KIND


def test_every_kind_has_a_type_of_its_own() -> None:
    assert {kind for typed in IDENTIFIERS for kind in typed.kinds} == set(Kind)


class Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    donor: codes.DonorCode
    container: codes.ContainerCode | None = None


def test_an_order_parses_identifiers_into_their_types() -> None:
    donor, bag = codes.issue(Kind.DONOR, 1, 2026, 3), codes.issue(Kind.BAG, 1, 2026, 4)
    order = Order.model_validate_json(json.dumps({"donor": donor, "container": bag}))
    assert [type(order.donor), type(order.container)] == [codes.DonorCode, codes.ContainerCode]
    assert json.loads(order.model_dump_json()) == {"donor": donor, "container": bag}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "identity.wrong_length"),
        (codes.issue(Kind.DONATION, 1, 2026, 3), "identity.wrong_kind"),
        ("DN012600000300", "identity.bad_check"),
        (codes.issue(Kind.DONOR, 1, 2026, 3).lower(), "identity.unknown_kind"),
        (7, "string_type"),
        (None, "string_type"),
    ],
)
def test_an_order_with_a_wrong_identifier_says_what_is_wrong(value: object, kind: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Order.model_validate({"donor": value})
    (error,) = refusal.value.errors()
    assert (error["type"], error["loc"]) == (kind, ("donor",))
    assert error["msg"]


def test_json_schema_of_an_identifier() -> None:
    schema = Order.model_json_schema()["properties"]
    assert schema["donor"] == {
        "type": "string",
        "pattern": "^(?:DN)[0-9]{12}$",
        "minLength": 14,
        "maxLength": 14,
        "title": "Donor",
    }
    assert schema["container"]["anyOf"][0]["pattern"] == "^(?:BG|CT|CV)[0-9]{12}$"
