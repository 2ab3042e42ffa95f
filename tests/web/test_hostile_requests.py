"""Requests that no browser sends, over a socket to a served house: an answer with a sentence, and never a fault.

Bytes that are no text, numbers without end and depths without bottom, in every place that a request has. How a body is
read within its limits is held by tests/web/test_edges.py; slow and broken connections by tests/faults.
"""

import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellchain.web.session import SESSION_COOKIE
from tests.bedside.world import played
from tests.e2e.server import Demonstration, copied, serving
from tests.support.campaign import times

EXAMPLES = times(60)
# As bytes on the wire: NUL, half of a pair, overlong, cut off, no UTF-8 at all, right to left, much.
NASTY = (
    *(b"%00", b"%ED%A0%80", b"%C0%AF", b"%C0%80", b"%F8%88%80%80%80", b"%E2%82", b"%FF", b"%", b"%u0041", b"%E2%80%AE"),
    *(b"9" * 400, b"-0", b"1e999", b"..%2f..%2f", b"%252e%252e", b"'--", b"{{7*7}}", b"%0d%0aX: 1", b"a" * 3_000),
)
CODED = st.one_of(
    st.sampled_from(NASTY),
    st.binary(max_size=40).map(lambda raw: b"".join(b"%%%02X" % one for one in raw)),
)
# What a header may hold on the wire: anything but the end of its line.
RAW = st.binary(max_size=60).map(lambda raw: bytes(one for one in raw if one not in b"\r\n\0"))
PLACES = ("path", "code", "query", "form", "cookie", "header", "token", "json", "file name")
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.text(max_size=20),
        st.sampled_from([10**400, -(2**63) - 1, 2**63, 1e308, 0.1, "\x00", "9" * 300]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A server of its own."""
    folder = copied(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("hostile") / "data")
    with serving(folder) as server:
        yield server


def spoken(server: Demonstration, head: bytes, body: bytes = b"") -> tuple[int, bytes]:
    """Send bytes as they are. Gives the status and the body of the answer; 0 where the server hung up without one."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), 30) as link:
        answer = b""
        with suppress(OSError):  # it answered before it had read all; the answer is still there
            link.sendall(head + b"Connection: close\r\n\r\n" + body)
        with suppress(ConnectionResetError):
            while more := link.recv(65_536):
                answer += more
    line, _, rest = answer.partition(b"\r\n")
    return (int(line.split()[1]) if line else 0), rest.partition(b"\r\n\r\n")[2]


def posted(server: Demonstration, path: bytes, body: bytes, *headers: bytes) -> tuple[int, bytes]:
    """Post a body with its length, as somebody who is signed in by a token."""
    token = f"Authorization: {server.bearer('qa1')['authorization']}".encode()
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: house", token, b"Content-Length: %d" % len(body), *headers]
    return spoken(server, b"\r\n".join(lines) + b"\r\n", body)


def got(server: Demonstration, path: bytes, *headers: bytes) -> tuple[int, bytes]:
    """Read something, as the same person unless a header says otherwise."""
    token = f"Authorization: {server.bearer('qa1')['authorization']}".encode()
    own = [] if any(one.lower().startswith((b"authorization", b"cookie")) for one in headers) else [token]
    return spoken(server, b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: house", *own, *headers]) + b"\r\n")


def holds(server: Demonstration, status: int, body: bytes, what: object) -> None:
    """An answer, no fault, and a sentence where something is refused; and the server is still there."""
    assert 200 <= status < 500, (status, what, body[-300:])
    if status >= 400:
        assert body.strip(), ("whoever is refused is told a sentence", what)
    faults = [line for line in (server.folder / "serve.log").read_text().splitlines() if '"event":"fault"' in line]
    assert faults == [], what


def tried(server: Demonstration, place: str, coded: bytes, raw: bytes) -> tuple[int, bytes]:
    """One nasty value in one place of a request."""
    form = b"Content-Type: application/x-www-form-urlencoded"
    if place == "path":
        return got(server, b"/" + coded)
    if place == "code":
        return got(server, b"/donors/" + coded, b"Accept: application/json")
    if place == "query":
        return got(server, b"/ledger?subject=" + coded + b"&upto=" + coded + b"&" + coded + b"=1")
    if place == "form":
        return posted(server, b"/do/quality/hold", b"lot=" + coded + b"&reason=" + coded + b"&" + coded + b"=x", form)
    if place == "cookie":
        return got(server, b"/", b"Cookie: " + SESSION_COOKIE.encode() + b"=" + raw + b"; language=" + raw)
    if place == "header":
        return got(server, b"/donors", b"Accept-Language: " + raw, b"Referer: " + raw, b"X-Request-Id: " + raw)
    if place == "token":
        return got(server, b"/api/v1/ledger/entries", b"Authorization: Bearer " + raw)
    if place == "json":
        return posted(server, b"/api/v1/scan", b'{"symbol": "' + raw.replace(b'"', b"") + b'"}')
    named = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + raw.replace(b'"', b"") + b'"\r\n\r\n'
    whole = named + b"fine\r\n--x--\r\n"
    return posted(server, b"/api/v1/files", whole, b"Content-Type: multipart/form-data; boundary=x")


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(coded=CODED, raw=RAW)
def test_bytes_that_are_no_text_are_answered_in_every_place(
    served: Demonstration, place: str, coded: bytes, raw: bytes
) -> None:
    status, body = tried(served, place, coded, raw)
    holds(served, status, body, (place, coded, raw))


@pytest.mark.parametrize(
    "path", ["scan", "sign-in", "quality/hold", "bedside/check", "trial/randomise", "accounts/grant_role"]
)
@settings(max_examples=EXAMPLES // 2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(order=JSON, around=JSON)
def test_json_of_any_shape_is_answered(served: Demonstration, path: str, order: object, around: object) -> None:
    for body in (order, {"request_id": around, "order": order}, {"order": {"lot": order}, "signature": around}):
        status, answer = posted(served, f"/api/v1/{path}".encode(), json.dumps(body).encode())
        holds(served, status, answer, body)


BOMB = gzip.compress(b'{"symbol": "' + b"a" * 50_000_000 + b'"}')
PARTS = b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nv\r\n' % one for one in range(10_000))
FILES = PARTS.replace(b'"\r\n\r\nv', b'"; filename="a"\r\n\r\nv')
FORM, MULTI = b"Content-Type: application/x-www-form-urlencoded", b"Content-Type: multipart/form-data; boundary=x"
UTF_16 = '{"symbol": "a"}'.encode("utf-16")


@pytest.mark.parametrize(
    ("path", "body", "headers", "expected"),
    [
        (b"/api/v1/scan", BOMB, (b"Content-Encoding: gzip",), {422}),
        (b"/do/quality/hold", gzip.compress(b"lot=1", mtime=0), (FORM, b"Content-Encoding: gzip"), {422}),
        (b"/api/v1/scan", b"[" * 60_000 + b"]" * 2_000, (), {422}),
        (b"/api/v1/scan", b'{"symbol": ' + b"9" * 60_000 + b"}", (), {422}),
        (b"/api/v1/scan", b'{"symbol": 1e999999}', (), {422}),
        (b"/api/v1/scan", b'{"symbol": "\\ud800"}', (), {200, 422}),
        (b"/api/v1/scan", b'{"symbol": "\xed\xa0\x80"}', (), {422}),
        (b"/api/v1/scan", b'{"symbol": "\xc0\xaf"}', (), {422}),
        (b"/api/v1/scan", UTF_16, (), {422}),
        (b"/api/v1/scan", b'\xef\xbb\xbf{"symbol": "a"}', (), {200, 422}),
        (b"/api/v1/scan", b'{"symbol": NaN}', (), {422}),
        (b"/api/v1/scan", b"{" + b",".join(b'"a%d": 1' % one for one in range(5_000)) + b"}", (), {422}),
        (b"/api/v1/scan", b" " * 70_000, (), {413}),
        (b"/api/v1/scan", b'{"symbol": "a"}', (b"Transfer-Encoding: chunked",), {0, 400, 422}),
        (b"/api/v1/files", PARTS + b"--x--\r\n", (MULTI,), {413}),
        (b"/api/v1/files", FILES + b"--x--\r\n", (MULTI,), {413, 422}),
        (b"/api/v1/files", b"x" * 12_000_000, (MULTI,), {413}),
        (b"/api/v1/files", b"--x\r\n" + b"A: " + b"a" * 200_000 + b"\r\n\r\n", (MULTI,), {422}),
        (b"/api/v1/files", b"--x\r\n\r\n", (b"Content-Type: multipart/form-data",), {409, 422}),
        (b"/api/v1/files", b"", (b"Content-Type: multipart/form-data; boundary=" + b"x" * 5_000,), {409, 422}),
        (b"/do/quality/hold", b"&".join(b"a%d=1" % one for one in range(9_000)), (FORM,), {413}),
        (b"/do/quality/hold", b"a=" + b"x" * 600_000, (FORM,), {413}),
        (b"/do/quality/hold", b"=&=&&;;%&=%=", (FORM,), {422}),
        (b"/do/quality/hold", b"\xff\xfe\x00", (FORM,), {422}),
    ],
)
def test_a_body_that_is_too_much_or_nothing_at_all(
    served: Demonstration, path: bytes, body: bytes, headers: tuple[bytes, ...], expected: set[int]
) -> None:
    status, answer = posted(served, path, body, *headers)
    assert status in expected, (status, answer[:300])
    if status:
        holds(served, status, answer, (path, headers))


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        (b"/?" + b"&".join(b"a%d=1" % one for one in range(4_000)), (), {200, 400, 414, 422}),
        (b"/" + b"a" * 30_000, (), {404}),
        (b"/" + b"a" * 200_000, (), {0, 400, 404, 413, 414}),
        (b"/donors", tuple(b"X-%d: 1" % one for one in range(500)), {200}),
        (b"/donors", (b"X: " + b"a" * 200_000,), {0, 400, 413, 431}),
        (b"/donors", (b"Cookie: " + b"; ".join(b"a%d=1" % one for one in range(900)),), {303}),
        (b"/donors", (b"Content-Length: 9" + b"9" * 400,), {0, 400}),
        (b"/donors", (b"Content-Length: -1",), {0, 400}),
        (b"/donors", (b"Range: bytes=" + b"0-1," * 2_000,), {200}),
        (b"/static/css/base.css", (b"Range: bytes=" + b"0-1," * 2_000,), {200, 206, 400, 416}),
        (b"/static/%00", (), {404}),
        (b"/static/..%2f..%2fpyproject.toml", (), {404}),
        (b"/static/%ED%A0%80", (), {404}),
        (b"/static/" + b"a" * 5_000, (), {404}),
        (b"//evil/..", (), {404}),
        (b"http://evil/donors", (), {200, 400, 404}),
        (b"*", (), {400, 404}),
    ],
)
def test_a_head_that_is_too_much(
    served: Demonstration, path: bytes, headers: tuple[bytes, ...], expected: set[int]
) -> None:
    status, answer = got(served, path, *headers)
    assert status in expected, (status, answer[:300])
    if status:
        holds(served, status, answer, path[:60])


@pytest.mark.parametrize(
    "line", [b"", b"GET\r\n", b"GET / HTTP/9.9\r\n", b"\x16\x03\x01\x02\x00\x01", b"G\xff / HTTP/1.1\r\n"]
)
def test_what_is_no_request_is_hung_up_on_or_told_so(served: Demonstration, line: bytes) -> None:
    status, _ = spoken(served, line + b"Host: house\r\n")
    assert status in (0, 400, 404, 405, 505)
    assert got(served, b"/donors")[0] == 200
