"""A rule that is left out is found and named: in a short tale that leads to it, in a campaign in the random story."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cellchain.accounts import commands as accounts
from cellchain.demo import ward
from cellchain.demo.stage import Stage
from cellchain.quality import commands as quality
from cellchain.simulate import simulate
from cellchain.simulate.director import Director
from cellchain.simulate.scene import DONE, WHY, refused
from cellchain.simulate.stories import Given, Tale, Town, made_control, tales, to_the_ward
from cellchain.simulate.trespasses import TRESPASSES
from cellchain.trial.pauses import commands as pauses
from tests.simulate.left_out import RULES
from tests.support.campaign import times

# Trespasses that a rule in the middle of a command stands against, or the database: nothing can be left out there.
UNBROKEN = {"second row": "recipient", "signed by one": "pause"}
ARMS, BAGS = {"CONTROL": 4, "MSC": 2}, 3
SHORT, LONG = 100, 3_000
CAMPAIGN = times(1) > 1
TRUTH = re.compile(r"(entry \d+ [a-z_:]+: )?[1-8]: ")  # as the oracle begins its sentences


class Begun:
    """A house where control bags wait on the ward, and recipients of either arm for their bags."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.given = folder, Given()
        self.director = Director(folder / "data", 1)
        self.director.rehearse(self._begin)
        assert self.director.outcome.broken == []
        assert len(self.given) == BAGS
        self.director.close()

    def _begin(self, stage: Stage) -> None:
        town = self.director.town
        while any(len(town.waiting[arm]) < count for arm, count in ARMS.items()):
            tales(town)["recipient"](stage)
        rooms = town.own_lab()
        _, self.given, _ = made_control(stage, town, rooms)
        to_the_ward(stage, town, rooms, self.given)

    def tale(self, name: str, town: Town) -> Tale:
        """What is told over a copy of it."""
        own: dict[str, Tale] = {"ward": lambda stage: _infused(stage, self.given), "hold": _held(town)}
        own["pause"] = _paused(town)
        return own[name] if name in own else tales(town)[name]


def _infused(stage: Stage, given: Given) -> None:
    ward.infuse_all(stage, given)


def _held(town: Town) -> Tale:
    def tale(stage: Stage) -> None:
        hold = stage.do("qa1", quality.hold, subject=town.lots[-1], reason=WHY)["hold"]
        stage.do("qa2", quality.lift_hold, hold=hold, reason=WHY)

    return tale


def _paused(town: Town) -> Tale:
    def tale(stage: Stage) -> None:
        stage.do("sponsor1", pauses.pause_study, study=town.study, why=WHY)
        decision = stage.do("committee1", pauses.resume_study, study=town.study, grounds=WHY)["decision"]
        stage.do("sponsor1", accounts.countersign, decision=decision)

    return tale


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    return Begun(tmp_path_factory.mktemp("begun"))


Copies = Callable[[], Director]


@pytest.fixture
def copy(begun: Begun, tmp_path: Path) -> Iterator[Copies]:
    """Opens a copy of it."""
    made: list[Director] = []

    def opened() -> Director:
        folder = tmp_path / f"copy-{len(made)}"
        shutil.copytree(begun.folder / "data", folder)
        made.append(Director(folder, 2, begun=begun.director))
        return made[-1]

    yield opened
    for director in made:
        director.close()


@pytest.mark.parametrize("name", TRESPASSES)
def test_a_trespass_meets_its_guard(begun: Begun, copy: Copies, name: str) -> None:
    director, trespass = copy(), TRESPASSES[name]
    tale = UNBROKEN.get(name) or next(one.tale for one in RULES.values() if one.trespass == name)
    came = director.rehearse(begun.tale(tale, director.town), trespass)
    assert director.outcome.broken == []
    answers = {answer for _, answer in director.scene.tried}
    assert answers, "it was never tried"
    assert DONE not in answers
    assert answers & trespass.guard, answers
    assert trespass.spoils or not refused(came), "what is right goes on"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_left_out_is_named(begun: Begun, copy: Copies, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    rule = RULES[name]
    rule.leaves_out(monkeypatch)
    if rule.tale == "random":
        assert any(rule.says in one for one in simulate(1, SHORT).broken)
        return
    director = copy()
    trespass = None if rule.trespass is None else TRESPASSES[rule.trespass]
    director.rehearse(begun.tale(rule.tale, director.town), trespass)
    print(f"{name}: step {director.outcome.steps}: {director.outcome.broken[:1]}")
    assert any(rule.says in one for one in director.outcome.broken), (director.outcome.broken, director.scene.tried)


if CAMPAIGN:

    @pytest.mark.campaign
    @pytest.mark.parametrize("name", RULES)
    def test_a_rule_left_out_is_named_in_the_random_story(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        """Chance leads to it, perhaps by another way: what counts is that a truth is named, and no crash."""
        RULES[name].leaves_out(monkeypatch)
        outcome = simulate(1, LONG)
        print(f"{name}: found at step {outcome.steps}: {outcome.broken[0] if outcome.broken else 'never'}")
        assert any(TRUTH.match(one) for one in outcome.broken), outcome.text()
