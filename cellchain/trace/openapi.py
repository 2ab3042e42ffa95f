"""The OpenAPI document: every command with its typed order and result, and the reading calls."""

from functools import lru_cache
from typing import Any

from pydantic.json_schema import models_json_schema

from cellchain import __version__
from cellchain.identity.typed import Why
from cellchain.ledger.registry import REGISTRY, Command
from cellchain.trace.rules import Direction
from cellchain.web.access import NUMBER_MAX
from cellchain.web.api import TYPED_MAX

REF = "#/components/schemas/{model}"
REFUSALS = {
    "401": "Nobody is signed in, or a decision was not signed.",
    "403": "The person's roles do not allow it.",
    "404": "There is no such thing.",
    "405": "The address takes another method; `Allow` names it.",
    "409": "A rule says no; `code` and `message` say why and what to do next.",
    "413": "The request is too large.",
    "422": "The order is malformed; `fields` names each field.",
    "429": "Too many failed sign-ins, or too many requests without a session.",
    "503": "The system is busy; nothing was done.",
}
TEXT: dict[str, Any] = {"type": "string"}
NULLABLE: dict[str, Any] = {"type": ["string", "null"]}
NUMBER: dict[str, Any] = {"type": "integer"}
COUNTED: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": NUMBER_MAX}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _whole(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_ACTION = _whole(path=TEXT, label=TEXT, href=TEXT)
_NODE = _whole(id=TEXT, kind=TEXT, code=TEXT, title=TEXT, phase=NULLABLE)
_EDGE = _whole(**{"from": TEXT, "to": TEXT}, kind=TEXT, at=NULLABLE)
_LISTED = _whole(seq=NUMBER, at=MOMENT, event=TEXT, actor=TEXT, subject=NULLABLE, request_id=TEXT, hash=TEXT, body=TEXT)
SCANNED = _whole(kind=TEXT, code=NULLABLE, title=TEXT, phase=NULLABLE, actions=_list(_ACTION))
# Query parameters that a call cannot do without, whichever call asks for them.
NEEDED = frozenset({"symbol", "design", "entry", "size", "old_size"})
# What is read: title, path parameters, query parameters, and the answer (None: a file).
READING: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any] | None]] = {
    "/api/v1/scan": ("What a symbol stands for", {}, {"symbol": {"type": "string", "maxLength": 256}}, SCANNED),
    "/api/v1/trace/{code}": (
        "The way of the cells both ways",
        {"code": TEXT},
        {"direction": _one_of(*Direction)},
        _whole(nodes=_list(_NODE), edges=_list(_EDGE), complete={"type": "boolean"}),
    ),
    "/api/v1/labels/{code}": (
        "A label's preview",
        {"code": TEXT},
        {
            "design": {**TEXT, "pattern": "^[a-z_]{2,40}$"},
            "format": _one_of("pdf", "png", "zpl"),
            "language": _one_of("ru", "en", "both"),
        },
        None,
    ),
    "/api/v1/master-records/{number}": (
        "One version of a master record",
        {"number": NUMBER},
        {},
        _whole(
            master_record=NUMBER, name=TEXT, version=NUMBER, phase=TEXT, source_hash=TEXT, definition={"type": "object"}
        ),
    ),
    "/api/v1/master-records/{number}/compare/{other}": (
        "What differs between two versions of a master record",
        {"number": NUMBER, "other": NUMBER},
        {},
        _whole(
            before=NUMBER,
            after=NUMBER,
            changes=_list(_whole(step=TEXT, line=TEXT, change=TEXT, before=NULLABLE, after=NULLABLE)),
        ),
    ),
    "/api/v1/training": (
        "Who is trained in which version of a master record",
        {},
        {},
        _whole(
            on=TEXT,
            gaps=NUMBER,
            master_records=_list(_whole(master_record=NUMBER, name=TEXT, version=NUMBER, phase=TEXT)),
            people=_list(
                _whole(
                    person=TEXT,
                    roles=_list(TEXT),
                    training=_list(_whole(master_record=NUMBER, standing=TEXT, valid_until=NULLABLE)),
                )
            ),
        ),
    ),
    "/api/v1/ledger/entries": (
        "Entries after a number",
        {},
        {"after": {**COUNTED, "minimum": 0}, "limit": {**NUMBER, "minimum": 1, "maximum": 1000}},
        _whole(entries=_list(_LISTED)),
    ),
    "/api/v1/ledger/checkpoint": (
        "A signed checkpoint",
        {},
        {},
        _whole(size=NUMBER, root=TEXT, at=MOMENT, note=TEXT),
    ),
    "/api/v1/ledger/proof": (
        "An inclusion proof",
        {},
        {"entry": COUNTED, "size": COUNTED},
        _whole(entry=NUMBER, size=NUMBER, hash=TEXT, path=_list(TEXT), root=TEXT),
    ),
    "/api/v1/ledger/consistency": (
        "A proof that a longer chain begins with a shorter one",
        {},
        {"old_size": COUNTED, "size": COUNTED},
        _whole(old_size=NUMBER, size=NUMBER, path=_list(TEXT), old_root=TEXT, root=TEXT),
    ),
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole document. The registry does not change while the process runs."""
    commands = [command for command in REGISTRY.values() if not command.internal]
    # Two capabilities may call an order by one name; then each has its module in its schema's name.
    places, definitions = models_json_schema([(command.order, "validation") for command in commands], ref_template=REF)
    schemas = {**definitions.get("$defs", {}), "Problem": _PROBLEM, "Proof": _PROOF}
    paths: dict[str, dict[str, Any]] = {
        f"/api/v1/{command.path}": {"post": _operation(command, places[command.order, "validation"], schemas)}
        for command in commands
    }
    paths.update({path: {"get": _reading(*described)} for path, described in READING.items()})
    paths["/api/v1/scan"]["post"] = _posting("What a symbol stands for; the scan is kept", SCANNED, _SCAN)
    paths["/api/v1/sign-in"] = {"post": {**_posting("A token for a script", _TOKEN, _SIGN_IN), "security": []}}
    paths["/api/v1/files"] = {"post": _sending("Take a file in, for an order that names it by its hash")}
    paths["/api/v1/sign-out"] = {"post": _posting("End this session", _whole(result={"type": "object"}))}
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


def _operation(command: Command, order: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    result = command.result.json_schema(ref_template=REF, mode="serialization")
    schemas.update(result.pop("$defs", {}))
    envelope: dict[str, Any] = {
        "request_id": {"type": "string", "format": "uuid"},
        "order": order,
        "reason": NULLABLE | {"maxLength": 500},
        "happened_at": NULLABLE | {"format": "date-time"},
    }
    if "capture" not in command.order.model_fields:
        envelope["typed"] = _typed(list(command.order.model_fields))
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


def _typed(fields: list[str]) -> dict[str, Any]:
    """Why fields of the order were typed and not scanned: reasons by the names of the fields."""
    reason = {"enum": [str(why) for why in Why]}
    return {
        "type": "object",
        "properties": dict.fromkeys(fields, reason),
        "additionalProperties": False,
        "maxProperties": TYPED_MAX,
    }


def _reading(title: str, path: dict[str, Any], query: dict[str, Any], answer: dict[str, Any] | None) -> dict[str, Any]:
    listed = [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in path.items()]
    listed += [
        {"name": name, "in": "query", "required": name in NEEDED, "schema": schema} for name, schema in query.items()
    ]
    done = {"description": title, **(_FILE if answer is None else _json(answer))}
    return {"summary": title, "parameters": listed, "responses": {"200": done, **_refusals()}}


def _posting(title: str, answer: dict[str, Any], body: dict[str, Any] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "summary": title,
        "responses": {"200": {"description": title, **_json(answer)}, **_refusals()},
    }
    return made if body is None else {**made, "requestBody": _json(body, required=True)}


def _sending(title: str) -> dict[str, Any]:
    """A file as one field of a form."""
    file = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
    body = {"content": {"multipart/form-data": {"schema": file}}, "required": True}
    return {**_posting(title, _whole(sha256=TEXT, size_bytes=NUMBER)), "requestBody": body}


def _refusals() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}}
    return {status: {"description": text, "content": content} for status, text in REFUSALS.items()}


def _json(schema: dict[str, Any], *, required: bool | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"content": {"application/json": {"schema": schema}}}
    return body if required is None else {**body, "required": required}


_FILE: dict[str, Any] = {
    "content": {kind: {} for kind in ("application/pdf", "image/png", "application/vnd.zebra-zpl")}
}
_TOKEN = _whole(token=TEXT, expires_at=MOMENT)
_SIGN_IN_TEXTS = {
    "username": 64,
    "password": 200,
    "badge": 256,
    "pin": 12,
    "station": 200,
    "code": 40,
    "ticket": 100,
    "passkey": 8_000,
}
_SIGN_IN = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {"type": ["string", "null"], "maxLength": most} for name, most in _SIGN_IN_TEXTS.items()},
}
_SCAN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["symbol"],
    "properties": {
        "symbol": {"type": "string", "maxLength": 256},
        "nonce": {"type": ["string", "null"], "maxLength": 64},
    },
}
_ENTRY = {"type": "object", "properties": {"seq": {"type": "integer"}, "hash": {"type": "string"}}}
_PROOF = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": ["username", "password"]}, {"required": ["passkey"]}],
    "properties": {
        "username": {"type": "string", "maxLength": 64},
        "password": {"type": "string", "format": "password", "maxLength": 200},
        "passkey": {"type": ["object", "null"]},
    },
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
