"""What is known after each kind of failure: nothing left, or nobody knows."""

import socket
import time
from collections.abc import Callable

import pytest

from cellchain.labels.printing import ipp, transports
from cellchain.labels.printing.ipp import Group, Tag
from cellchain.labels.printing.rules import PaperKind, Transport
from cellchain.labels.printing.transports import Address, NotSent, Paper, Patience, Uncertain
from tests.labels.printing import sink
from tests.labels.printing.sink import Sink

SHORT = Patience(connect_s=1, send_s=0.5, close_s=0.5)
LARGE = 40_000_000  # more than any buffer between two sockets


def paper(size: int = 100) -> Paper:
    """Something to print."""
    return Paper("LB012600000149 1.1", PaperKind.PDF, b"x" * size, 70, 45)


def raw(port: int) -> Address:
    """A printer at a socket."""
    return Address(Transport.RAW, "127.0.0.1", port)


def ipp_at(port: int) -> Address:
    """A printer that speaks IPP."""
    return Address(Transport.IPP, "127.0.0.1", port, "/ipp/print")


def problem_of(address: Address, size: int = 100) -> str:
    """What a failure says: which kind, why, and whether trying again may help."""
    try:
        transports.send(address, paper(size), SHORT)
    except NotSent as fault:
        return f"not sent: {fault.problem}{'' if fault.again else ', never'}"
    except Uncertain as fault:
        return f"uncertain: {fault.problem}"
    return "sent"


# -- a socket --------------------------------------------------------------------------------------------------------


def test_nobody_there() -> None:
    assert problem_of(raw(sink.closed_port())) == "not sent: away"
    assert problem_of(Address(Transport.RAW, "no-such-host.invalid", 9100)) == "not sent: away"
    assert problem_of(ipp_at(sink.closed_port())) == "not sent: away"


def test_all_of_it_arrives_and_the_printer_hangs_up() -> None:
    with sink.printing() as printer:
        transports.send(raw(printer.port), paper(1_000_000), SHORT)
    assert printer.taken == [b"x" * 1_000_000]


@pytest.mark.parametrize("size", [100, LARGE])
def test_one_that_reads_nothing(size: int) -> None:
    with sink.printing(sink.hangs) as printer:
        assert problem_of(raw(printer.port), size) == "uncertain: silent"


def test_one_that_reads_all_and_never_hangs_up() -> None:
    with sink.printing(sink.holds) as printer:
        assert problem_of(raw(printer.port)) == "uncertain: silent"


@pytest.mark.parametrize("handler", [sink.resets, sink.resets_after_all])
def test_one_that_breaks_the_connection(handler: sink.Handler) -> None:
    with sink.printing(handler) as printer:
        assert problem_of(raw(printer.port)) == "uncertain: cut_off"
        assert problem_of(raw(printer.port), LARGE) == "uncertain: cut_off"


def test_one_that_talks_all_the_time() -> None:
    def talks(printer: Sink, link: socket.socket) -> None:
        while not printer.release.wait(0.01):
            link.send(b"status")

    with sink.printing(talks) as printer:
        assert problem_of(raw(printer.port)) == "uncertain: silent"


def test_a_socket_that_takes_not_one_byte_has_sent_nothing() -> None:
    link, other = socket.socketpair()
    with link, other:
        link.shutdown(socket.SHUT_WR)
        with pytest.raises(NotSent):
            transports._push(link, b"label", time.monotonic() + 1)


# -- IPP over HTTP ---------------------------------------------------------------------------------------------------


def http(status: str, body: bytes, kind: str = ipp.MEDIA_TYPE) -> bytes:
    """An answer of a web server."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return head.encode() + body


def said(status: int, *attributes: bytes) -> bytes:
    """An answer of a printer."""
    return b"\x01\x01" + status.to_bytes(2, "big") + b"\x00\x00\x00\x01" + b"".join(attributes) + b"\x03"


FINE = http("200 OK", said(0))
ABORTED = bytes([Group.JOB, Tag.ENUM]) + b"\x00\x09job-state\x00\x04\x00\x00\x00\x08"
CLOSED_FOR_NOW = bytes([Group.PRINTER, Tag.BOOLEAN]) + b"\x00\x19printer-is-accepting-jobs\x00\x01\x00"


def answering(*answers: bytes | None) -> Callable[[Sink, socket.socket], None]:
    """A server with these answers to the questions before the label, and to the label; None hangs up instead."""
    left = list(answers)

    def serve(printer: Sink, link: socket.socket) -> None:
        data = link.recv(65_536)
        while b"\r\n\r\n" not in data:
            data += link.recv(65_536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
        while len(body) < length:
            body += link.recv(65_536)
        answer = left.pop(0)
        if answer is not None:
            link.sendall(answer)

    return serve


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(None, "uncertain: cut_off", id="hangs up"),
        pytest.param(http("200 OK", b"hello"), "uncertain: cut_off", id="no IPP"),
        pytest.param(http("500 Oops", b""), "uncertain: cut_off", id="HTTP 500"),
        pytest.param(http("503 Later", b""), "not sent: busy", id="HTTP 503"),
        pytest.param(http("401 Who", b""), "not sent: locked", id="HTTP 401"),
        pytest.param(http("200 OK", said(0x0507)), "not sent: busy", id="busy"),
        pytest.param(http("200 OK", said(0x0506)), "not sent: busy", id="not accepting"),
        pytest.param(http("200 OK", said(0x0500)), "uncertain: cut_off", id="internal error"),
        pytest.param(http("200 OK", said(0x0508)), "uncertain: cut_off", id="job canceled"),
        pytest.param(http("200 OK", said(0x040A)), "not sent: refused, never", id="format not supported"),
        pytest.param(http("200 OK", said(0, ABORTED)), "uncertain: cut_off", id="aborted at once"),
        pytest.param(FINE[:-1], "uncertain: cut_off", id="half an answer"),
    ],
)
def test_what_an_answer_to_a_label_means(answer: bytes | None, problem: str) -> None:
    with sink.printing(answering(FINE, FINE, answer)) as printer:
        assert problem_of(ipp_at(printer.port)) == problem


def test_a_question_that_fails_sends_nothing() -> None:
    for answers in ((None,), (FINE, None), (http("500 Oops", b""),)):
        with sink.printing(answering(*answers)) as printer:
            assert problem_of(ipp_at(printer.port)) == "not sent: away"
    with sink.printing(answering(http("200 OK", said(0, CLOSED_FOR_NOW)))) as printer:
        assert problem_of(ipp_at(printer.port)) == "not sent: busy"
    with sink.printing(answering(http("200 OK", said(0x0406)))) as printer:
        assert problem_of(ipp_at(printer.port)) == "not sent: refused, never"


def test_only_an_ipp_printer_is_asked() -> None:
    assert not transports.took(raw(sink.closed_port()), "any", SHORT)
    with pytest.raises(NotSent):
        transports.took(ipp_at(sink.closed_port()), "any", SHORT)
