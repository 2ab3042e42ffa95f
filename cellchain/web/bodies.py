"""Bodies of requests: read within their limit, and JSON read one way for commands, sign-in and scan."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from cellchain.kernel.errors import Invalid, TooLarge, Unfinished
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.web.faults import invalid_from

BODY_BYTES_MAX = 65_536
FORM_BYTES_MAX = 524_288
DEPTH_MAX = 32
NOT_JSON = T("This is not JSON. Send one object.")
TOO_DEEP = T("Lists and objects lie too deep in one another here. Send {most} levels at most.", most=DEPTH_MAX)
Model = TypeVar("Model", bound=BaseModel)


async def read_body(receive: Receive, most: int = BODY_BYTES_MAX) -> bytes:
    """The request's body. Raises TooLarge, and Unfinished where the client went away in the middle of it.

    Half a form is a form as well: a reason that was cut off, or an amount without its last digits.
    """
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unfinished
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge(most=most)
        if not message.get("more_body", False):
            return body


@dataclass(frozen=True)
class SentFile:
    """A file that a form brought, whole, with the name that it had where it came from."""

    name: str
    content: bytes


async def files_read(form: FormData) -> list[tuple[str, object]]:
    """The items of a form, its files taken out of where they were spooled to."""
    items: list[tuple[str, object]] = []
    for name, given in form.multi_items():
        if isinstance(given, UploadFile):
            items.append((name, SentFile(given.filename or "", await given.read())))
        else:
            items.append((name, given))
    await form.close()
    return items


async def read_form(request: Request, fields_max: int, bytes_max: int) -> FormData:
    """A form of a page. Raises TooLarge for more than one of ours holds, Invalid for what is no form."""
    body = await read_body(request.receive, bytes_max)

    async def again() -> Message:
        return {"type": "http.request", "body": body}

    try:
        return await Request(request.scope, again).form(max_fields=fields_max, max_part_size=FORM_BYTES_MAX)
    except HTTPException as error:
        if str(error.detail).startswith("Too many"):
            raise TooLarge(
                "form.too_many_fields", "A form has {most} fields at most. Send it in parts.", most=fields_max
            ) from error
        raise Invalid({"": T("This form did not arrive whole. Open the page again and repeat.")}) from error


def parse_json(model: type[Model], body: bytes, wanted: T = NOT_JSON) -> Model:
    """The object that a JSON body spells, nothing in it taken for another type. Raises Invalid.

    `wanted` says what to send where the body is JSON and no object.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        deep = "depth limit" in str(error)
        raise Invalid({"body": TOO_DEEP if deep else NOT_JSON}) from error
    if not isinstance(data, dict):
        raise Invalid({"body": wanted})
    if body.count(b"{") + body.count(b"[") > DEPTH_MAX and not _within(data, DEPTH_MAX):
        raise Invalid({"body": TOO_DEEP})
    json.loads(body, object_pairs_hook=_once)
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise invalid_from(error) from error


def _within(value: object, depth: int) -> bool:
    """Whether no list or object lies deeper than `depth` levels."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_within(one, depth - 1) for one in inner)


def _once(pairs: Sequence[tuple[str, Any]]) -> None:
    """Readers differ about which of two values of one name counts; what was checked must be what is done."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise Invalid({"body": T("A name stands twice in one object. Send each name once.")})
