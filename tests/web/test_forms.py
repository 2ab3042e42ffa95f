"""A form asks for what an order needs, reads it back, and says of every fault what to do."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from cellchain.identity.codes import Kind, WristbandCode, issue
from cellchain.kernel.errors import Invalid
from cellchain.kernel.text import T
from cellchain.web import faults
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import FieldView, Items, fields_of, invalid_from, items_of, parse_form
from cellchain.web.html import render_text
from cellchain.web.panels import OrderForm
from tests.web import gallery
from tests.web.gallery import ZONE, SampleOrder

BAG = issue(Kind.BAG, 1, 2026, 412)
LOT = issue(Kind.LOT, 1, 2026, 7)
WHOLE = [
    ("bag", BAG),
    ("collected_at", "2026-11-24T09:34"),
    ("volume_ul", "62,5"),
    ("viable_count", "2.04 × 10^8"),
    ("viability", "91,4"),
    ("consent_on", "2026-10-02"),
    ("anticoagulant", "heparin"),
    ("intact", "true"),
    ("urgent", "true"),
    ("witnesses", "D. Orlov"),
    ("witnesses", ""),
    ("witnesses", "A. Kim"),
    ("punctures.0.site", ""),
    ("punctures.0.volume_ul", ""),
    ("punctures.3.site", "left"),
    ("punctures.3.volume_ul", "30"),
    ("remark", "  Two needles.  "),
]


class Colour(StrEnum):
    RED = "red"
    DEEP_BLUE = "deep_blue"


class Small(BaseModel):
    """Orders of one or two fields for one rule each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: Annotated[int, Field(ge=1, le=8, title="Count")] = 1
    volume_ul: Annotated[int, Field(gt=0, title="Volume")] = 1
    ratio: Annotated[Decimal, Field(max_digits=4, decimal_places=2, title="Ratio")] = Decimal(1)
    name: Annotated[str, Field(min_length=2, max_length=5, pattern="^[A-Za-z]+$", title="Name")] = "Abc"
    at: Annotated[AwareDatetime | None, Field(title="At")] = None
    on: Annotated[date | None, Field(title="On")] = None
    colours: Annotated[list[Colour], Field(max_length=1, title="Colours")] = []
    side: Annotated[Literal["left", "right"], Field(title="Side")] = "left"
    band: Annotated[WristbandCode | None, Field(title="Wristband")] = None
    pin: Annotated[SecretStr | None, Field(title="PIN")] = None
    rule: Annotated[str, Field(title="Rule")] = ""

    @field_validator("rule")
    @classmethod
    def _no_rules(cls, value: str) -> str:
        if value:
            raise ValueError("English from inside, never shown")
        return value


def one(views: list[FieldView], name: str) -> FieldView:
    return next(view for view in views if view.name == name)


def without(name: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [item for item in WHOLE if item[0] != name] + list(more)


def refused(model: type[BaseModel], items: Items) -> dict[str, str]:
    with pytest.raises(Invalid) as raised:
        parse_form(model, items, ZONE)
    return {name: str(text) for name, text in raised.value.fields.items()}


# ---- asking ----------------------------------------------------------------------------------------------------------


def test_each_type_has_its_kind() -> None:
    assert {view.name: view.kind for view in fields_of(SampleOrder)} == {
        "bag": "code",
        "collected_at": "datetime",
        "volume_ul": "decimal",
        "viable_count": "number",
        "viability": "decimal",
        "consent_on": "date",
        "anticoagulant": "choice",
        "intact": "yes_no",
        "urgent": "bool",
        "witnesses": "list",
        "punctures": "groups",
        "remark": "long_text",
    }
    assert one(fields_of(Small), "colours").kind == "choices"
    assert one(fields_of(Small), "pin").kind == "secret"


def test_fields_say_what_they_are() -> None:
    views = fields_of(SampleOrder)
    volume = one(views, "volume_ul")
    assert (str(volume.label), volume.unit, str(volume.hint), volume.required) == (
        "Volume collected",
        "mL",
        "5 to 200",
        True,
    )
    assert one(views, "remark").hint == "Only what no field asks for."
    assert one(views, "bag").scan_kinds == ("BG",)
    assert [choice.value for choice in one(views, "anticoagulant").choices] == ["heparin", "acd_a", "none"]
    assert [choice.label for choice in one(fields_of(Small), "colours").choices] == ["Red", "Deep blue"]
    assert one(views, "viability").value == "90"


def test_lists_are_bounded() -> None:
    views = fields_of(SampleOrder, [("witnesses", "A. Kim")])
    witnesses, punctures = one(views, "witnesses"), one(views, "punctures")
    assert ([item.value for item in witnesses.items], witnesses.shown) == (["A. Kim", "", "", "", "", ""], 3)
    assert (len(punctures.groups), punctures.shown) == (4, 1)
    assert punctures.groups[1][0].name == "punctures.1.site"


def test_a_row_that_may_stay_blank_needs_nothing() -> None:
    """Or a card could never confirm the form: a row folded away would wait for ever."""
    punctures = one(fields_of(SampleOrder, [("punctures.0.site", "left")]), "punctures")
    assert [any(view.required for view in row) for row in punctures.groups] == [True, False, False, False]


def test_what_was_entered_stays() -> None:
    items = without("bag", ("bag", "nonsense"), ("intact", "false"))
    views = fields_of(SampleOrder, items, {"bag": T("Scan it.")})
    assert (one(views, "bag").value, str(one(views, "bag").error)) == ("nonsense", "Scan it.")
    assert one(views, "volume_ul").value == "62,5"
    assert one(views, "collected_at").value == "2026-11-24T09:34"
    assert one(views, "anticoagulant").chosen == ("heparin",)
    assert one(views, "intact").value == "false"
    assert [item.value for item in one(views, "witnesses").items][:2] == ["D. Orlov", "A. Kim"]
    assert one(views, "punctures").groups[0][0].value == "left"


def test_a_secret_does_not_stay() -> None:
    assert one(fields_of(Small, [("pin", "4711")]), "pin").value == ""


def test_an_order_becomes_items_and_comes_back() -> None:
    order = parse_form(SampleOrder, WHOLE, ZONE)
    items = items_of({name: getattr(order, name) for name in SampleOrder.model_fields}, ZONE)
    assert ("volume_ul", "62.5") in items
    assert ("collected_at", "2026-11-24T09:34") in items
    assert parse_form(SampleOrder, items, ZONE) == order


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_a_whole_form_gives_the_order() -> None:
    order = parse_form(SampleOrder, WHOLE, ZONE)
    assert order.bag == BAG
    assert order.collected_at == datetime(2026, 11, 24, 6, 34, tzinfo=UTC)
    assert (order.volume_ul, order.viable_count, order.viability) == (62_500, 204_000_000, Decimal("91.4"))
    assert order.consent_on == date(2026, 10, 2)
    assert (order.anticoagulant, order.intact, order.urgent) == (gallery.Anticoagulant.HEPARIN, True, True)
    assert order.witnesses == ("D. Orlov", "A. Kim")
    assert [(row.site, row.volume_ul) for row in order.punctures] == [("left", 30_000)]
    assert order.remark == "Two needles."


def test_blanks_are_absent_and_unticked_is_no() -> None:
    order = parse_form(
        SampleOrder, [item for item in WHOLE if item[0] not in ("urgent", "viable_count", "remark")], ZONE
    )
    assert (order.urgent, order.viable_count, order.remark) == (False, None, None)


def test_an_empty_form_names_every_needed_field() -> None:
    assert refused(SampleOrder, []) == {
        "bag": "Scan it, or type it with its check digits.",
        "collected_at": "Fill this in.",
        "volume_ul": "Fill this in.",
        "anticoagulant": "Choose one.",
        "intact": "Choose one.",
    }


def test_a_scan_of_the_wrong_thing_is_named() -> None:
    assert refused(SampleOrder, without("bag", ("bag", LOT)))["bag"] == "This is a lot. Scan an infusion bag."
    assert "check digits" in refused(SampleOrder, without("bag", ("bag", BAG[:-1] + "0")))["bag"]


def test_a_code_may_come_as_a_reader_or_a_person_gives_it() -> None:
    for text in (f"]d1{BAG}", f"{BAG[:2]} {BAG[2:4]} {BAG[4:6]} {BAG[6:12]} {BAG[12:]}", f"{BAG}\r"):
        assert parse_form(SampleOrder, without("bag", ("bag", text)), ZONE).bag == BAG


@pytest.mark.parametrize(
    ("text", "count"),
    [("12", None), ("0", "Enter 1 or more."), ("9", "Enter 8 or less."), ("x", "whole"), ("1.5", "whole")],
)
def test_whole_numbers(text: str, count: str | None) -> None:
    found = refused(Small, [("count", text)]) if count else {}
    assert (count or "") in found.get("count", "")


@pytest.mark.parametrize(
    ("text", "held"),
    [("400", 400_000), ("0,5", 500), ("1 000", 1_000_000), ("2e2", 200_000), ("+3", 3_000), ("1 250,5", 1_250_500)],
)
def test_quantities_are_entered_in_the_unit_people_use(text: str, held: int) -> None:
    assert parse_form(Small, [("volume_ul", text)], ZONE).volume_ul == held


def test_faults_of_quantities_speak_that_unit() -> None:
    assert refused(Small, [("volume_ul", "0,0005")]) == {"volume_ul": "Enter at most 3 decimals."}
    assert refused(Small, [("volume_ul", "−1")]) == {"volume_ul": "Enter more than 0."}
    assert refused(SampleOrder, without("volume_ul", ("volume_ul", "620")))["volume_ul"] == "Enter 200 or less."
    assert refused(Small, [("volume_ul", "lots")]) == {"volume_ul": "Enter a number, for example 2.5."}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("ratio", "1.234", "Enter at most 2 decimals."),
        ("ratio", "99999", "Enter at most"),
        ("name", "A", "At least 2 characters are needed."),
        ("name", "Abcdef", "At most 5 characters fit here. Shorten it."),
        ("name", "A1b", "This does not have the form"),
        ("at", "yesterday", "Enter a date and a time."),
        ("at", "0001-01-01T00:00", "Enter a date and a time."),
        ("on", "31.12.2026", "Enter a date."),
        ("colours", "green", "Choose one of the list."),
        ("side", "middle", "Choose one of the list."),
        ("rule", "any", "This value is not accepted here."),
        ("nobody", "knows", "This field is not known here."),
    ],
)
def test_faults_are_sentences_that_say_what_to_do(name: str, text: str, sentence: str) -> None:
    found = refused(Small, [(name, text)])
    [(place, said)] = found.items()
    assert place.startswith(name)
    assert said.startswith(sentence)


def test_a_list_that_is_too_long_says_so() -> None:
    assert refused(Small, [("colours", "red"), ("colours", "deep_blue")]) == {"colours": "At most 1 fit here."}


def test_a_time_that_never_was_is_refused() -> None:
    with pytest.raises(Invalid) as raised:
        parse_form(Small, [("at", "2026-03-29T02:30")], ZoneInfo("Europe/Berlin"))
    assert raised.value.fields["at"] == faults.CLOCKS_FORWARD


def test_faults_inside_rows_name_the_row() -> None:
    items = [*WHOLE, ("punctures.1.site", "right"), ("punctures.1.volume_ul", "90")]
    found = refused(SampleOrder, items)
    assert found == {"punctures.0.volume_ul": "Enter 60 or less."}
    views = fields_of(SampleOrder, items, {name: T(text) for name, text in found.items()})
    assert str(one(views, "punctures").groups[0][1].error) == "Enter 60 or less."


def test_the_envelope_is_no_part_of_the_order() -> None:
    items = [*WHOLE, ("request_id", "1"), ("csrf", "x"), ("reason", "late"), ("signature.username", "u")]
    assert parse_form(SampleOrder, items, ZONE).bag == BAG


def test_an_envelope_is_read() -> None:
    request_id = "0b7e1c3e-6c1b-4a54-9d4e-6a3a0f1d2c3b"
    envelope = parse_envelope(
        [
            ("request_id", request_id),
            ("happened_at", "2026-11-24T09:34"),
            ("signature.username", "u"),
            ("signature.password", "p"),
        ],
        ZONE,
    )
    assert envelope.request_id == UUID(request_id)
    assert envelope.happened_at == datetime(2026, 11, 24, 6, 34, tzinfo=UTC)
    assert envelope.signature == {"username": "u", "password": "p"}
    assert parse_envelope([("request_id", "lost")], ZONE).signature is None
    with pytest.raises(Invalid):
        parse_envelope([("happened_at", "then")], ZONE)


def test_hostile_forms_are_only_refused() -> None:
    items: list[tuple[str, object]] = [
        (f"punctures.{10**9}.site", "x" * 100_000),
        ("punctures..", "y"),
        ("", "z"),
        ("bag", b"file"),
    ]
    items += [
        ("volume_ul", "9" * 400),
        ("viable_count", "1e99"),
        ("viability", "NaN"),
        ("collected_at", "9999-99-99T99:99"),
    ]
    found = refused(SampleOrder, items)
    assert {"bag", "volume_ul", "collected_at"} <= found.keys()
    assert fields_of(SampleOrder, items)


def test_json_is_refused_in_the_same_words() -> None:
    with pytest.raises(ValidationError) as raised:
        SampleOrder.model_validate({"bag": LOT, "punctures": [{"site": ""}], "strange": 1})
    found = {name: str(text) for name, text in invalid_from(raised.value, SampleOrder).fields.items()}
    assert found["bag"] == "This is a lot. Scan an infusion bag."
    assert found["strange"] == "This field is not known here. Open the page again and repeat."
    assert found["punctures.0.volume_ul"] == "Fill this in."
    assert "bag" in invalid_from(raised.value).fields


# ---- drawing ---------------------------------------------------------------------------------------------------------


def drawn(items: Items | None, errors: dict[str, T]) -> str:
    form = OrderForm("/go", fields_of(SampleOrder, items, errors), T("Record"), errors, target="#here")
    return render_text(gallery.page(), "partials/_order_form.html", form=form)


def test_a_drawn_form_ties_errors_to_fields() -> None:
    text = drawn(
        gallery.ENTERED, {"bag": T("Scan it."), "punctures.0.site": T("Name it."), "elsewhere": T("Something.")}
    )
    assert 'aria-describedby="field-bag-error" aria-invalid="true"' in text
    assert '<a href="#field-bag">Bag</a>: Scan it.' in text
    assert '<a href="#field-punctures-0-site">Puncture site</a>: Name it.' in text
    assert "<li>Something.</li>" in text
    assert 'id="field-punctures-0-site"' in text
    assert "autofocus" in text
    assert 'name="request_id"' in text
    assert 'name="csrf" value="token-of-the-gallery"' in text
    assert 'hx-target="#here"' in text


def test_every_drawn_input_has_a_name_for_a_person() -> None:
    text = drawn(None, {})
    labelled = set(re.findall(r'<label for="([^"]+)"', text))
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", text):
        if 'type="hidden"' in tag or 'type="radio"' in tag or 'type="checkbox"' in tag:
            continue
        found = re.search(r' id="([^"]+)"', tag)
        assert "aria-label=" in tag or (found and found[1] in labelled), tag


def test_ids_are_unique() -> None:
    ids = re.findall(r' id="([^"]+)"', drawn(gallery.ENTERED, {}))
    assert len(ids) == len(set(ids))
