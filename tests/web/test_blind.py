"""Who may not see arms learns none: from no page, no drawing, no scan and no reading call, by day of the story."""

import json
import re
from hashlib import sha256
from itertools import pairwise

import pytest

from cellchain.accounts.permissions import ROLE_PERMISSIONS
from cellchain.accounts.rules import Role
from tests.bedside.browser import Front
from tests.bedside.world import ENTRIES
from tests.support.walk import Seen, codes_in, walked, words_of

SEE = {"trial.see_arm", "manufacturing.read"}
BLIND = [role for role in Role if not ROLE_PERMISSIONS[role] & SEE]
# What names an arm, in either language. The study's own title names the cells, and stands beside every recipient.
ARM = re.compile(
    r"\b(?:MSC(?!-ILD)|CONTROL|control lot|saline|МСК|контрол\w+ (?:сери|рук)\w*|физраствор\w*)\b", re.IGNORECASE
)
EACH = 8
JOINS = ("LT", "LB", "SM")  # the ledger's heads name recipients and lots, each in its own row


@pytest.fixture(scope="module")
def pages(front: Front) -> dict[Role, list[Seen]]:
    """Every page of everybody who is blind."""
    return {role: walked(front, who_is(front, role), EACH) for role in BLIND}


def spoken(seen: Seen) -> str:
    """The words of a page, without the names of the ledger's events: they are the same for every lot."""
    return words_of(re.sub(r'<span class="event">.*?</span>', " ", seen.text))


def who_is(front: Front, role: Role) -> str:
    """Somebody with this role alone."""
    return str(next(one["username"] for one in front.world.manifest["people"] if one["roles"] == [role]))


def test_the_blind_are_those_of_the_design() -> None:
    assert set(BLIND) == {Role.ASSESSOR, Role.SPONSOR, Role.MONITOR, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", BLIND)
def test_no_page_puts_a_bag_or_an_arm_beside_a_recipient(
    front: Front, pages: dict[Role, list[Seen]], role: Role
) -> None:
    """A page that names recipients names no bag, no lot and no arm; one that names bags names no lot."""
    recipients = {one["code"] for one in front.world.manifest["recipients"]}
    assert len(pages[role]) > EACH
    for seen in pages[role]:
        codes = codes_in(seen.text)
        if codes & recipients:
            assert not {code for code in codes if code.startswith("BG")}, (seen.path, codes)
            assert seen.path.startswith("/ledger") or not {one for one in codes if one[:2] in JOINS}, (seen.path, codes)
            assert not ARM.search(spoken(seen)), (seen.path, ARM.search(spoken(seen)))
        if any(code.startswith("BG") for code in codes):
            assert not ARM.search(spoken(seen)), (seen.path, ARM.search(spoken(seen)))


@pytest.mark.parametrize("role", BLIND)
@pytest.mark.parametrize("content", ["msc", "saline"])
def test_a_scan_of_a_bag_tells_no_content(front: Front, role: Role, content: str) -> None:
    for bag in [one for one in front.world.manifest["bags"] if one["content"] == content]:
        for symbol in (bag["label"], bag["code"]):
            told = front.send(who_is(front, role), "scan", {"symbol": symbol})
            assert told.status_code == 200
            assert not ARM.search(told.text), told.text
            assert bag["lot"] not in told.text


@pytest.mark.parametrize("role", BLIND)
def test_no_reading_call_joins_a_recipient_to_a_bag(front: Front, role: Role) -> None:
    who = who_is(front, role)
    for bag in [one for one in front.world.manifest["bags"] if one["recipient"]]:
        for path in (
            f"trace/{bag['code']}",
            f"trace/{bag['label']}",
            f"trace/{bag['recipient']}",
            f"trace/{front.world.band(bag['recipient'])}",
            f"labels/{bag['code']}?design=infusion_bag&format=png",
            f"labels/{bag['code']}?design=container&format=png",
            f"scan?symbol={bag['label']}",
            f"scan?symbol={front.world.band(bag['recipient'])}",
        ):
            answer = front.get(who, f"/api/v1/{path}")
            told = codes_in(answer.text)
            assert answer.status_code in (200, 403, 404), path
            assert not {bag["recipient"], bag["code"]} <= told, path
            assert not ARM.search(answer.text), path


def test_an_administrator_opens_no_label_of_the_laboratory(front: Front) -> None:
    """A bag's label would say what is in it, and for whom."""
    label = front.world.bags("ready")[0]["label"]
    answer = front.page("admin1", f"/labels/{label}/print")
    assert answer.status_code == 403
    assert front.world.bags("ready")[0]["recipient"] not in answer.text


def test_who_makes_the_product_still_sees_what_is_in_a_bag(front: Front) -> None:
    saline = front.world.bags("ready", "saline")[0]
    for who in ("technician1", "analyst1", "qa1", "nurse1", "physician1"):
        assert front.send(who, "scan", {"symbol": saline["label"]}).json()["title"] == "Infusion bag, saline"


def test_the_ledger_tells_the_blind_its_heads_alone(front: Front) -> None:
    """No content, no recipient of a bag, no bag: and the hash of every entry still proves its place."""
    heads = front.get("admin1", "/api/v1/ledger/entries?after=0&limit=1000").json()["entries"]
    whole = front.get("inspector1", "/api/v1/ledger/entries?after=0&limit=1000").json()["entries"]
    assert [one["hash"] for one in heads] == [one["hash"] for one in whole]
    keys = {"seq", "at", "event", "actor", "subject", "request_id", "hash", "prev_hash"}
    assert all(one.keys() == keys for one in heads)
    assert all(one["hash"] == sha256(one["body"].encode()).hexdigest() for one in whole)
    assert all(after["prev_hash"] == before["hash"] for before, after in pairwise(heads))
    assert not [one for one in heads if str(one["subject"]).startswith("BG")]
    size = front.get("admin1", "/api/v1/ledger/checkpoint").json()["size"]
    proof = front.get("admin1", f"/api/v1/ledger/proof?entry=7&size={size}").json()
    assert proof["hash"] == heads[6]["hash"]


def test_the_pages_of_the_ledger_tell_the_blind_no_more(front: Front) -> None:
    with front.world.installation.database.read() as tx:
        tied = next(one for one in tx.many(ENTRIES, limit=100_000) if one.event == "trial:bag:assigned")
    recipient = json.loads(tied.body)["facts"]["recipient"]
    shown, hidden = (front.page(who, f"/ledger/{tied.seq}").text for who in ("inspector1", "admin1"))
    assert recipient in shown
    assert not {recipient, tied.subject} & codes_in(hidden)
    assert tied.hash[:8] in hidden
    assert tied.subject in codes_in(front.page("inspector1", f"/ledger?subject={tied.subject}").text)
    assert "/ledger/" not in front.page("admin1", f"/ledger?subject={tied.subject}").text
