"""What an error is over HTTP: one table, and `application/problem+json`."""

from typing import Any

import orjson
from starlette.responses import Response

from cellchain.kernel import errors
from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.platform.logs import REQUEST
from cellchain.web.session import PasskeyAsked

PROBLEM_TYPE = "application/problem+json"
STATUS: dict[type[CellchainError], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.WrongMethod: 405,
    errors.Forbidden: 403,
    errors.SignInNeeded: 401,
    errors.NeedsSignature: 401,
    errors.Refused: 409,
    errors.Stale: 409,
    errors.Unfinished: 408,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Busy: 503,
}
TITLES = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Wrong method",
    408: "Not whole",
    409: "Refused",
    413: "Too large",
    422: "Not understood",
    429: "Too many attempts",
    503: "Busy",
}


def status_of(error: CellchainError) -> int:
    """The truthful HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(error: CellchainError) -> dict[str, Any]:
    """An error as RFC 9457 asks for it, with our code, message and fields."""
    status = status_of(error)
    body: dict[str, Any] = {
        "type": f"urn:cellchain:problem:{error.code}",
        "title": TITLES[status],
        "status": status,
        "code": error.code,
        "message": str(error.text),
    }
    if isinstance(error, Invalid):
        body["fields"] = {name: str(text) for name, text in error.fields.items()}
    return body


def problem_response(error: CellchainError) -> Response:
    """The answer that says so, with the number under which the log has the request."""
    body = problem(error)
    if number := REQUEST.get():
        body["request_id"] = number
    return Response(orjson.dumps(body), status_of(error), headers_of(error), PROBLEM_TYPE)


def refusal_response(error: CellchainError, headers: dict[str, str]) -> Response:
    """What a command was refused with: a replay is the same to the byte, so the request's number is in its header."""
    return Response(orjson.dumps(problem(error)), status_of(error), {**headers, **headers_of(error)}, PROBLEM_TYPE)


def asked_response(asked: PasskeyAsked) -> Response:
    """What the signer's passkey has to answer, for a program or for the scripts of a page."""
    error = errors.NeedsSignature(
        "signature.passkey_asked", "The passkey was not asked yet. Answer with it, and send the order again."
    )
    return Response(orjson.dumps({**problem(error), "passkey": asked.options}), 401, media_type=PROBLEM_TYPE)


def headers_of(error: CellchainError) -> dict[str, str]:
    """What an error says beside its body: when to come again, or what else an address takes."""
    if isinstance(error, errors.Busy | errors.TooMany):
        return {"retry-after": str(error.text.params.get("seconds", 1))}
    return {"allow": ", ".join(error.allowed)} if isinstance(error, errors.WrongMethod) else {}
