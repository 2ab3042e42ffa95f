"""The OpenAPI document: every command with its typed order and result, and the reading calls."""

from functools import lru_cache
from typing import Any

from pydantic.json_schema import models_json_schema

from cellchain import __version__
from cellchain.ledger.registry import REGISTRY, Command

REF = "#/components/schemas/{model}"
REFUSALS = {
    "401": "Nobody is signed in, or a decision was not signed.",
    "403": "The person's roles do not allow it.",
    "404": "There is no such thing.",
    "409": "A rule says no; `code` and `message` say why and what to do next.",
    "413": "The request is too large.",
    "422": "The order is malformed; `fields` names each field.",
    "429": "Too many failed sign-ins.",
    "503": "The system is busy; nothing was done.",
}
READING = {
    "/api/v1/scan": ("What a symbol stands for", [("symbol", "query")]),
    "/api/v1/trace/{code}": ("The way of the cells both ways", [("code", "path"), ("direction", "query")]),
    "/api/v1/labels/{code}": (
        "A label's preview",
        [("code", "path"), ("design", "query"), ("format", "query"), ("language", "query")],
    ),
    "/api/v1/ledger/entries": ("Entries after a number", [("after", "query"), ("limit", "query")]),
    "/api/v1/ledger/checkpoint": ("A signed checkpoint", []),
    "/api/v1/ledger/proof": ("An inclusion proof", [("entry", "query"), ("size", "query")]),
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole document. The registry does not change while the process runs."""
    commands = [command for command in REGISTRY.values() if not command.internal]
    _, definitions = models_json_schema([(command.order, "validation") for command in commands], ref_template=REF)
    schemas = {**definitions.get("$defs", {}), "Problem": _PROBLEM, "Proof": _PROOF}
    paths = {f"/api/v1/{command.path}": {"post": _operation(command, schemas)} for command in commands}
    paths.update({path: {"get": _reading(title, parameters)} for path, (title, parameters) in READING.items()})
    paths["/api/v1/sign-in"] = {"post": _sign_in()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cellchain",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _operation(command: Command, schemas: dict[str, Any]) -> dict[str, Any]:
    result = command.result.json_schema(ref_template=REF, mode="serialization")
    schemas.update(result.pop("$defs", {}))
    envelope: dict[str, Any] = {
        "request_id": {"type": "string", "format": "uuid"},
        "order": {"$ref": REF.format(model=command.order.__name__)},
        "reason": {"type": "string", "maxLength": 500},
        "happened_at": {"type": "string", "format": "date-time"},
    }
    required = ["request_id", "order"]
    if command.signature is not None:
        envelope["signature"] = {"$ref": REF.format(model="Proof")}
        required.append("signature")
    answer = {"type": "object", "required": ["result", "entry"], "properties": {"result": result, "entry": _ENTRY}}
    return {
        "operationId": command.path.replace("/", "_"),
        "tags": [command.capability],
        "summary": (command.function.__doc__ or "").strip().split("\n")[0],
        "requestBody": _json(
            {"type": "object", "additionalProperties": False, "required": required, "properties": envelope},
            required=True,
        ),
        "responses": {"200": {"description": "Done.", **_json(answer)}, **_refusals()},
    }


def _reading(title: str, parameters: list[tuple[str, str]]) -> dict[str, Any]:
    listed = [
        {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
        for name, place in parameters
    ]
    return {"summary": title, "parameters": listed, "responses": {"200": {"description": title}, **_refusals()}}


def _sign_in() -> dict[str, Any]:
    fields = {name: {"type": "string"} for name in ("username", "password", "badge", "pin", "station")}
    return {
        "summary": "A token for a script",
        "security": [],
        "requestBody": _json({"type": "object", "additionalProperties": False, "properties": fields}, required=True),
        "responses": {"200": {"description": "A token."}, **_refusals()},
    }


def _refusals() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}}
    return {status: {"description": text, "content": content} for status, text in REFUSALS.items()}


def _json(schema: dict[str, Any], *, required: bool | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"content": {"application/json": {"schema": schema}}}
    return body if required is None else {**body, "required": required}


_ENTRY = {"type": "object", "properties": {"seq": {"type": "integer"}, "hash": {"type": "string"}}}
_PROOF = {
    "type": "object",
    "required": ["username", "password"],
    "properties": {"username": {"type": "string"}, "password": {"type": "string", "format": "password"}},
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "message"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
