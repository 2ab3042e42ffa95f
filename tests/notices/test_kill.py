"""kill -9 while mails are being sent: after restarts each has arrived, and a second copy bears the same Message-ID."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from tests.labels.printing.ippeve import ends_with_us
from tests.notices import mailbox
from tests.notices.desk import Desk

TOP = Path(__file__).parents[2]
NOTICES = 6
# The mail at whose data the sender is killed, and whether the server keeps what it was given.
KILLS = {3: True, 7: False, 10: True}
DONE_S = 60


class Killer:
    """Kills the sender at chosen mails, when all of their data is there and before it is told so."""

    def __init__(self) -> None:
        self.sender: subprocess.Popen[bytes] | None = None
        self.killed = threading.Semaphore(0)
        self.mails = 0

    def __call__(self, _address: str) -> str | None:
        self.mails += 1
        if self.mails not in KILLS:
            return None
        assert self.sender is not None
        os.kill(self.sender.pid, signal.SIGKILL)
        self.sender.wait()
        self.killed.release()
        return None if KILLS[self.mails] else "451 lost it"


def test_no_mail_is_lost_and_a_second_copy_is_known(desk: Desk) -> None:
    for number in range(NOTICES):
        desk.notify(subject=f"LT01260000{number:04d}")
    wanted = {mail.id for mail in desk.mails()}
    killer = Killer()
    with mailbox.open_mailbox() as box:
        box.to_data = killer
        url = desk.house.database.url
        desk.house.runner.close()
        for _ in KILLS:
            killer.sender = start(url, box.port)
            assert killer.killed.acquire(timeout=DONE_S)
        killer.sender = start(url, box.port)
        try:
            mailbox.wait_until(lambda: {mail.delivery.value for mail in desk.mails()} == {"sent"}, DONE_S)
        finally:
            killer.sender.kill()
            killer.sender.wait()
    copies = Counter(mail["Message-ID"] for mail in box.arrived)
    assert set(copies) == {mail.message_id for mail in desk.mails()}
    assert len(copies) == len(wanted), "each mail has a Message-ID of its own, and none is lost"
    assert sorted(copies.values())[-2:] == [2, 2], "what was kept when its sender died came twice"
    assert sum(copies.values()) == len(wanted) + 2


def start(url: str, port: int) -> subprocess.Popen[bytes]:
    """A process that sends."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.notices.mail_server", url, str(port)], cwd=TOP, preexec_fn=ends_with_us
    )
