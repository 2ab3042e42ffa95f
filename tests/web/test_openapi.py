"""The description of the API: whole, and nothing in it leads nowhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from cellchain.accounts.routes import SignIn
from cellchain.composition import ROUTERS
from cellchain.labels.routes import ScanRequest
from cellchain.ledger.registry import REGISTRY
from cellchain.trace import openapi


def references(value: Any) -> Iterator[str]:
    """Every `$ref` below a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_reference_leads_to_a_schema() -> None:
    document = openapi.document()
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= schemas


def test_orders_of_one_name_are_two_schemas() -> None:
    paths = openapi.document()["paths"]

    def order(path: str) -> str:
        body = paths[f"/api/v1/{path}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        return str(body["properties"]["order"]["$ref"])

    assert order("donors/record_consent") != order("trial/record_consent")


def test_every_route_and_command_is_described_with_its_answer() -> None:
    offered = {(f"/api/v1/{command.path}", "post") for command in REGISTRY.values() if not command.internal}
    for router in ROUTERS:
        for route in router.routes:
            path, methods = getattr(route, "path", ""), getattr(route, "methods", None) or ()
            offered |= {(path, method.lower()) for method in methods if path.startswith("/api/v1/")}
    paths = openapi.document()["paths"]
    described = {(path, method) for path, methods in paths.items() for method in methods}
    assert offered == described
    for path, method in described:
        assert paths[path][method]["responses"]["200"]["content"], path


def test_choices_are_listed() -> None:
    paths = openapi.document()["paths"]

    def choices(path: str) -> dict[str, Any]:
        return {one["name"]: one["schema"].get("enum") for one in paths[path]["get"]["parameters"]}

    assert choices("/api/v1/trace/{code}")["direction"] == ["backward", "forward", "both"]
    assert choices("/api/v1/labels/{code}")["format"] == ["pdf", "png", "zpl"]
    assert choices("/api/v1/labels/{code}")["language"] == ["ru", "en", "both"]


def test_what_a_call_cannot_do_without_is_said() -> None:
    paths = openapi.document()["paths"]

    def needed(path: str) -> set[str]:
        return {one["name"] for one in paths[path]["get"]["parameters"] if one["required"]}

    assert needed("/api/v1/scan") == {"symbol"}
    assert needed("/api/v1/ledger/proof") == {"entry", "size"}
    assert needed("/api/v1/ledger/consistency") == {"old_size", "size"}
    assert needed("/api/v1/labels/{code}") == {"code", "design"}
    assert needed("/api/v1/ledger/entries") == set()


def test_what_was_typed_is_a_field_of_the_order() -> None:
    body = openapi.document()["paths"]["/api/v1/donors/register_donor"]["post"]["requestBody"]
    typed = body["content"]["application/json"]["schema"]["properties"]["typed"]
    assert typed["additionalProperties"] is False
    assert "identity_document" in typed["properties"]


@pytest.mark.parametrize(
    ("path", "model"), [("/api/v1/scan", ScanRequest), ("/api/v1/sign-in", SignIn)], ids=["scan", "sign-in"]
)
def test_a_call_that_is_described_by_hand_is_read_as_it_says(path: str, model: type[BaseModel]) -> None:
    """What the schema forbids is refused, and what it allows is taken: `null` too (a finding of `make fuzz`)."""
    body = openapi.document()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    told, read = body["properties"], model.model_json_schema()["properties"]
    assert told.keys() == read.keys()
    for name in told:
        kinds = told[name]["type"]
        allowed = {kinds} if isinstance(kinds, str) else set(kinds)
        assert allowed == {one["type"] for one in read[name].get("anyOf", [read[name]])}, name
        longest = {one.get("maxLength") for one in read[name].get("anyOf", [read[name]]) if one["type"] != "null"}
        assert {told[name].get("maxLength")} == longest, name
