"""The page of the refusals is what the source says, and a code means one thing. Each check is seen to fail."""

from collections.abc import Sequence

from cellchain.kernel import errors
from scripts import refusals
from scripts.refusals import ANSWERS, PAGE, SAID_IN, SOURCE, Found, everything, in_source, unread, what_and_next


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == refusals.page(), "make refusals"


def test_the_page_tells_every_answer_of_the_kernel() -> None:
    own = {
        name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.CellchainError)
    }
    assert own - {"CellchainError"} <= ANSWERS.keys()


def test_a_code_means_one_thing() -> None:
    assert ambiguous(everything()) == {code: ways for code, (ways, _) in SAID_IN.items()}


def test_every_refusal_says_what_to_do() -> None:
    assert not mute(everything())


def test_every_code_can_be_looked_up() -> None:
    files = [(file, file.relative_to(SOURCE).as_posix()) for file in SOURCE.rglob("*.py")]
    assert [place for file, name in files for place in unread(file.read_text(encoding="utf-8"), name)] == []


def ambiguous(found: Sequence[Found]) -> dict[str, int]:
    """Codes with more than one sentence, and how many they have."""
    ways = {row.code: len(row.sentences) for row in refusals.refusals(found)}
    return {code: count for code, count in ways.items() if count > 1}


def mute(found: Sequence[Found]) -> list[str]:
    """Codes whose sentence says no next act."""
    return [one.code for one in found if not what_and_next(one.code, one.sentence)[1]]


# -- each is seen to fail ----------------------------------------------------------------------------------------------

SEEDED = """
FILE = "seed.constant"

class Own(Refused):
    def __init__(self, value: str) -> None:
        super().__init__("seed.own", "“{value}” is ours. Take another.", value=value)

class Kept(Forbidden):
    def __init__(self, code: str = "seed.kept", template: str = "It is kept. Ask.", /, **params: object) -> None:
        super().__init__(code, template, **params)

LIFE = Lifecycle("seed", first=Phase.ONE)

def may(facts):
    raise Refused("seed.plain", "It is so. Do that.")
    raise Refused(FILE, "The file is wrong. Correct it.")
    return [Reason("seed.reason", T("It is bad. Stop.")), (facts.bad, "seed.listed", T("It is listed. Call."))]
    return Confirmation(label=None, confirmed=False, code="seed.confirmed", message="It is another. Stop.")
"""


def test_every_way_to_say_a_code_is_found() -> None:
    found = {one.code: (one.room, one.answer) for one in in_source(SEEDED, "quality/seed.py", "It is not so. Look.")}
    assert found == {
        "seed.own": ("quality", "409"),
        "seed.kept": ("quality", "403"),
        "seed.phase": ("quality", "409"),
        "seed.plain": ("quality", "409"),
        "seed.constant": ("quality", "409"),
        "seed.reason": ("quality", "STOP"),
        "seed.listed": ("quality", "STOP"),
        "seed.confirmed": ("quality", "shown"),
    }


def test_a_second_meaning_is_found() -> None:
    source = 'Refused("seed.code", "It is late. Wait.")\nRefused("seed.code", "It is lost. Look for it.")'
    assert ambiguous(in_source(source, "quality/seed.py")) == {"seed.code": 2}


def test_a_sentence_without_advice_is_found() -> None:
    assert mute(in_source('Refused("seed.code", "It is late.")', "quality/seed.py")) == ["seed.code"]


def test_a_code_made_while_running_is_found() -> None:
    assert unread("raise Refused(code, 'It is late. Wait.')", "quality/seed.py") == ["quality/seed.py:1"]
