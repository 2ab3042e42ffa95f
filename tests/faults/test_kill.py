"""kill -9 at random moments under load: nothing that was acknowledged is lost, nothing is half done or done twice."""

import json
import shutil
import time
from pathlib import Path
from random import Random

import pytest

from scripts.served import free_port
from tests.bedside.world import played
from tests.faults.clients import Office, nothing_is_lost, rows_of, verified
from tests.faults.served import servers
from tests.support.campaign import times

ROUNDS = 3
PEOPLE = 6
AGAIN = 5


@pytest.mark.campaign
def test_nothing_acknowledged_is_lost(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path / "data"
    shutil.copytree(played(tmp_path_factory.getbasetemp()), folder)
    rounds = times(10) if times(1) > 1 else ROUNDS
    random = Random(rounds)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with servers(folder, free_port()) as served:
        office = Office(served.url, manifest)
        began = time.monotonic()
        rows, counted = rows_of(folder / "cellchain.db"), 0
        for number in range(rounds):
            served.start()
            if not office.tokens:
                office.sign_in("nurse1", "nurse2", "qa1")
            # What nobody was told about is sent again as it is, and some of what was answered long ago.
            office.ask_again([one for one in office.sent if one.status == 0])
            office.ask_again(random.sample(office.sent, min(AGAIN, len(office.sent))))
            with office.at_work(PEOPLE, number):
                office.warm()
                time.sleep(random.uniform(0.05, 0.6))
                served.kill()
            counted = nothing_is_lost(office, rows)
        served.start()
        office.ask_again([one for one in office.sent if one.status == 0])
        served.stop()
        office.close()
    print(f"{time.monotonic() - began:.0f} s, {rounds} kills, {counted} answers, {dict(office.statuses)}")
    assert counted > 10 * rounds
    report = verified(folder)
    assert report.intact, report.text()
