"""A logger is read out, and what it says is held against every container that travelled."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.custody import commands, queries
from cellchain.custody.models import Log
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden
from cellchain.ledger import uploads
from cellchain.platform.config import Settings
from cellchain.quality import queries as quality
from tests.custody.conftest import Box, Places, Refuses, equipment, receive, received, sent
from tests.custody.test_hand_over import codes
from tests.quality.lab import Lab

PDF = b"%PDF-1.4 journey\n%%EOF\n"


def log_file(lab: Lab, minutes: int, *, every: int = 5, **degrees: int) -> bytes:
    """What a logger wrote in the last `minutes` and a little before: 4 °C, and `m10=9000` at the tenth of them."""
    now, lines = lab.house.clock.now(), ["Time,Temp"]
    for minute in range(-10, minutes + 1, every):
        at = now - timedelta(minutes=minutes - minute)
        lines.append(f"{at.isoformat()},{degrees.get(f'm{minute}', 4_000) / 1_000}")
    return "\n".join(lines).encode()


def came(lab: Lab, content: bytes) -> dict[str, str]:
    """A file that was sent before its order."""
    folder = SimpleNamespace(keep=lab.house.database.house.fetch.__self__.keep)
    settings = Settings(attachment_bytes_max=300_000)
    installed: Any = SimpleNamespace(settings=settings, folder=folder, runner=lab.house.runner)
    return {"name": "journey.csv", "sha256": uploads.receive(installed, lab.nurse.person, content)}


def read_out(lab: Lab, shipment: str, box: Box, minutes: int = 40, **degrees: int) -> dict[str, Any]:
    """Read out what the logger wrote on the way."""
    content = log_file(lab, minutes, **degrees)
    fields: dict[str, Any] = {"shipment": shipment, "logger": box.logger, "file": came(lab, content)}
    return lab.do(commands.import_log, by=lab.nurse, **fields)


def test_a_quiet_journey(lab: Lab, places: Places, box: Box) -> None:
    code = received(lab, places, box)
    made = read_out(lab, code, box)
    assert (made["readings"], made["gaps"], made["duplicates"]) == (11, 0, 0)
    assert (made["warm_minutes"], made["silent_minutes"], made["excursion"]) == (0, 0, False)
    assert codes(lab, places.bag) == set()
    with lab.house.read() as tx:
        log = tx.get(Log, 1)
        assert tx.house.fetch(log.file_hash) == log_file(lab, 40)
        assert (log.inside_count, log.lowest_mc, log.highest_mc) == (9, 4_000, 4_000)
        assert timeline(tx, places.bag)[-1].kind == "log"
        assert queries.unread_loggers(tx) == []


def test_minutes_outside_the_range_are_spent_and_borne(lab: Lab, places: Places, box: Box) -> None:
    made = read_out(lab, received(lab, places, box), box, m10=9_000, m15=9_500)
    assert (made["warm_minutes"], made["excursion"], made["highest_mc"]) == (15, False, 9_500)
    with lab.house.read() as tx:
        _, exposed, _ = queries.chain_of(tx, places.bag)
        assert exposed.minutes == 17, "two minutes packed and open, fifteen warm"
        [spell] = queries.spells_of(tx, places.bag)
        assert spell.kind == "warm"
    assert codes(lab, places.bag) == set()


def test_more_than_it_bears_waits_for_qa(lab: Lab, places: Places, box: Box) -> None:
    made = read_out(lab, received(lab, places, box), box, m10=9_000, m15=9_000, m20=9_000, m25=9_000)
    assert (made["warm_minutes"], made["excursion"]) == (25, False)
    fields: dict[str, Any] = {"taken_out_at": lab.house.clock.now() - timedelta(minutes=10), "reason": "Looked at"}
    fields["put_back_at"] = fields["taken_out_at"] + timedelta(minutes=6)
    over = lab.do(commands.record_time_out, by=lab.nurse, subject=places.bag, **fields)
    assert (over["minutes"], over["total_minutes"], over["excursion"]) == (6, 33, True), "six more, at one time 31"
    assert codes(lab, places.bag) == {"custody.excursion_open", "custody.budget_spent"}


def test_no_minutes_excuse_ice(lab: Lab, places: Places, box: Box) -> None:
    made = read_out(lab, received(lab, places, box), box, m10=-100)
    assert made["excursion"]
    with lab.house.read() as tx:
        [found] = queries.open_excursions(tx)
        assert (found.kind, found.temperature_mc) == ("temperature", -100)
        [deviation] = quality.deviations_on(tx, places.bag)
        assert deviation.rule == "custody:excursion:noticed"
    assert codes(lab, places.bag) == {"custody.excursion_open"}


def test_a_silent_logger_breaks_the_chain(lab: Lab, places: Places, box: Box) -> None:
    code = received(lab, places, box)
    fields: dict[str, Any] = {"shipment": code, "logger": box.logger}
    made = lab.do(commands.import_log, by=lab.nurse, file=came(lab, log_file(lab, 40, every=25)), **fields)
    assert made["gaps"] == 1
    assert codes(lab, places.bag) == {"custody.chain_broken"}
    with lab.house.read() as tx:
        gap, _, _ = queries.chain_of(tx, places.bag)
    assert gap is not None
    assert (gap.kind, gap.minutes) == ("unlogged", 25)


def test_lines_that_say_it_twice_are_counted(lab: Lab, places: Places, box: Box) -> None:
    code = received(lab, places, box)
    content = log_file(lab, 40) + b"\n" + log_file(lab, 40).splitlines()[-1]
    made = lab.do(commands.import_log, by=lab.nurse, shipment=code, logger=box.logger, file=came(lab, content))
    assert made["duplicates"] == 1


def test_when_a_logger_is_not_read(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    with refuses("log.under_way"):
        read_out(lab, code, box)
    other = Box(box.shipper, equipment(lab, "logger"))
    receive(lab, places, code)
    with refuses("log.other_logger"):
        read_out(lab, code, other)
    fields: dict[str, Any] = {"shipment": code, "logger": box.logger}
    for refusal, content in {"log.no_columns": b"x", "file.wrong_kind": PDF, "log.empty": b" "}.items():
        file = came(lab, content)
        with refuses(refusal):
            lab.do(commands.import_log, by=lab.nurse, file=file, **fields)
    read_out(lab, code, box)
    with refuses("log.imported_already"):
        read_out(lab, code, box)


def test_a_time_zone_is_one_that_there_is(lab: Lab, places: Places, box: Box) -> None:
    code = received(lab, places, box)
    for zone in ("Moscow", "../etc/passwd", "localtime"):
        fields: dict[str, Any] = {"shipment": code, "logger": box.logger, "file": came(lab, log_file(lab, 40))}
        with pytest.raises(ValidationError):
            lab.do(commands.import_log, by=lab.nurse, zone=zone, **fields)


def test_an_analyst_may_not(lab: Lab, places: Places, box: Box) -> None:
    fields: dict[str, Any] = {"shipment": received(lab, places, box), "logger": box.logger}
    with pytest.raises(Forbidden):
        lab.do(commands.import_log, by=lab.analyst, file=came(lab, b"x"), **fields)
