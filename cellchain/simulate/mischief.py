"""What people do wrong beside what they do right: another's work, another thing, twice, out of turn, long ago.

Beside these random slips stand the trespasses (`trespasses/`), each of which leaves one rule alone in the way.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from pydantic import ValidationError

from cellchain.bedside import commands as bedside
from cellchain.bedside.infusions import commands as infusions
from cellchain.demo.stage import Stage
from cellchain.labels import commands as labels
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call
from cellchain.quality import commands as quality
from cellchain.simulate.actors import call_of
from cellchain.simulate.scene import Acts, Scene
from cellchain.simulate.trespasses import TRESPASSES, Trespass

# How often something goes wrong beside an act: most at the bedside, where it counts.
OFTEN, AT_BEDSIDE = 0.15, 0.7
ABLE = 0.2
EARLY = 0.3
KEPT_MAX = 400
SELDOM = 0.05
# How often a trespass goes before an act that has some, and then another: most at the bedside, where many meet at one
# act. What costs the story a bag or a lot is seldom.
TRIES, TRIES_AT_BEDSIDE, SPOILS, AT_ONE_ACT = 0.3, 0.9, 0.15, 6
# A wrong scan of these halts the work until QA decides: seldom, or no lot would ever be filled.
STOPS = (labels.confirm_label,)
# Verbs that would end the story for everybody: nobody can be locked out of a house with one administrator each.
SPARED = frozenset({"accounts", "notices"})
RELEASES = (quality.release_conditionally, quality.release, quality.release_for_further_use)


class Mischief:
    """Makes wrong acts out of right ones."""

    def __init__(self, stage: Stage, random: Random, scene: Scene) -> None:
        self._stage = stage
        self._random = random
        self._scene = scene
        self._played: Counter[str] = Counter()
        self._quiet = False
        self._values: dict[str, list[Any]] = defaultdict(list)
        self._orders: list[Call] = []
        # Mostly what the house has to refuse: a story that others keep taking the work from never comes to its end.
        self._wrongs: tuple[tuple[Callable[[Call], Iterator[Call]], int], ...] = (
            (self._of_another, 40),
            (self._again, 25),
            (self._once_more, 15),
            (self._by_another, 10),
            (self._reused, 10),
        )
        self._people = [stage.people[name] for name in sorted(stage.people)]

    def remember(self, call: Call, answer: Answer) -> None:
        """What was named in an order may be named wrongly in the next."""
        if self._quiet or call.command.capability in SPARED:
            return
        for name in type(call.order).model_fields:
            self._keep(self._values[name], getattr(call.order, name))
        if answer.done:
            self._keep(self._orders, call)

    def beside(self, call: Call) -> Acts:
        """What else is done at this moment, before what is right. `send` it what came of each call."""
        for one in self._trespasses(call):
            yield from self.trespass(one, call)
        yield from self._slips(call)

    def trespass(self, one: Trespass, call: Call) -> Acts:
        """One trespass before a right act. What it names is not named again by a slip."""
        self._played[one.name] += 1
        self._scene.name = one.name
        self._quiet = True
        try:
            yield from one.tries(self._scene, call)
        finally:
            self._quiet = False

    def _trespasses(self, call: Call) -> Iterable[Trespass]:
        """One of those that go before this act, and now and then a second: what was tried least comes first."""
        able = [one for one in TRESPASSES.values() if one.verb is call.command.function]
        able = [one for one in able if not one.spoils or self._chance(SPOILS)]
        chance = TRIES_AT_BEDSIDE if call.command.capability == "bedside" else TRIES
        chosen: list[Trespass] = []
        while able and len(chosen) < AT_ONE_ACT and self._chance(chance):
            chosen.append(min(able, key=lambda one: (self._played[one.name], self._random.random())))
            able.remove(chosen[-1])
        return sorted(chosen, key=lambda one: one.spoils)

    def _slips(self, call: Call) -> Iterator[Call]:
        if call.command.function is bedside.check and self._chance(EARLY):
            yield from self._start_early(call)
        if self._values["lot"] and self._chance(0.02):
            yield from self._release(self._random.choice(self._values["lot"]))
        if self._chance(_share(call)):
            [wrong] = self._random.choices(*zip(*self._wrongs, strict=True))
            yield from wrong(call)

    def _by_another(self, call: Call) -> Iterator[Call]:
        """The same by somebody else, now and then by somebody in a role that may."""
        able = [one for one in self._people if one.may(call.command.permission)]
        who = self._random.choice(able if able and self._chance(ABLE) else self._people)
        yield self._new(call, call.order, who)

    def _of_another(self, call: Call) -> Iterator[Call]:
        """One field names something else of its kind: the neighbour's bag, yesterday's lot."""
        names = [name for name in type(call.order).model_fields if len(self._values[name]) > 1]
        if not names:
            return
        name = self._random.choice(names)
        fields = {one: getattr(call.order, one) for one in type(call.order).model_fields}
        try:
            order = type(call.order)(**{**fields, name: self._random.choice(self._values[name])})
        except ValidationError:
            return
        yield self._new(call, order)

    def _again(self, _call: Call) -> Iterator[Call]:
        """Something that was done before is done once more, as from a page left open."""
        if self._orders:
            before = self._random.choice(self._orders)
            yield self._new(before, before.order)

    def _once_more(self, call: Call) -> Iterator[Call]:
        """The right act, sent before its time: the one that follows is the double click."""
        yield call

    def _reused(self, call: Call) -> Iterator[Call]:
        """Another order under a request id that was used."""
        if self._orders:
            yield replace(call, request_id=self._random.choice(self._orders).request_id)

    def _start_early(self, call: Call) -> Iterator[Call]:
        """A start without the second check, or with other scans."""
        scans = {"wristband": call.order.wristband, "bag": call.order.bag, "planned_minutes": 120}  # type: ignore[attr-defined]
        order = command_of(infusions.start_infusion).order.model_validate(scans)
        yield self._new(call, order, path="bedside/start_infusion")

    def _release(self, lot: Any) -> Iterator[Call]:
        """Somebody of QA signs a release whose time has not come, or somebody who may not."""
        command = command_of(self._random.choice(RELEASES))
        able = [one for one in self._people if one.may(command.permission)]
        try:
            order = command.order.model_validate({"lot": lot})
        except ValidationError:
            return
        yield call_of(self._stage, self._random.choice(able), command.path, order)

    def _new(self, call: Call, order: Order, who: Any = None, path: str | None = None) -> Call:
        return call_of(self._stage, who or call.actor, path or call.command.path, order, call.reason)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _keep(self, kept: list[Any], value: Any) -> None:
        if len(kept) < KEPT_MAX:
            kept.append(value)
        else:
            kept[self._random.randrange(KEPT_MAX)] = value


def _share(call: Call) -> float:
    if call.command.function in STOPS:
        return SELDOM
    return AT_BEDSIDE if call.command.capability == "bedside" else OFTEN
