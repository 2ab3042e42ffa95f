"""Every reason of a check has a name for lists."""

import re
from pathlib import Path

from cellchain.bedside import rules
from cellchain.bedside.words import REASONS, name_of

ROOM = Path(rules.__file__).parent


def test_every_reason_of_a_check_has_a_name() -> None:
    source = "".join((ROOM / name).read_text(encoding="utf-8") for name in ("rules.py", "queries.py"))
    codes = set(re.findall(r'"(check\.[a-z_]+|infusion\.other_[a-z]+)"', source))
    assert codes - {"check.not_a_stop"} == set(REASONS)


def test_what_other_rooms_hold_against_a_bag_has_one() -> None:
    assert str(name_of("lot.on_hold")) == str(name_of("custody.excursion"))
