"""Who goes on next, what goes wrong beside it, when the process dies: all by chance, all from the seed."""

from collections import Counter
from copy import deepcopy
from dataclasses import field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, cast

from sqlalchemy import text

from cellchain import composition
from cellchain.demo.stage import CAST, Stage
from cellchain.kernel.clock import SimulatedClock
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.values import dataclass
from cellchain.ledger import foundation
from cellchain.ledger.answers import Answer
from cellchain.ledger.audit import run_verify
from cellchain.ledger.run import Call
from cellchain.main import Installation, open_installation
from cellchain.platform.config import Settings
from cellchain.simulate.actors import ActorStage, Teller, Turn
from cellchain.simulate.crashes import Died, FusedDatabase, Moment
from cellchain.simulate.journal import Journal
from cellchain.simulate.mischief import Mischief
from cellchain.simulate.oracle import Oracle
from cellchain.simulate.scene import Acts, Scene
from cellchain.simulate.shown import Shown
from cellchain.simulate.stories import ENDS, Tale, settle, tales
from cellchain.simulate.told import Eyes, Ledger
from cellchain.simulate.trespasses import Trespass
from cellchain.simulate.watch import Watch
from cellchain.trial.allocation import unseal

BEGINS = datetime(2026, 1, 12, 7, tzinfo=UTC)
LASTS = timedelta(days=3_000)
# Nobody guesses the passwords of a story that is thrown away.
CHEAPLY: dict[str, Any] = {"password_cost": "cheap"}
# How many tell each story at the same time.
TELLERS = {"bank": 2, "recipient": 3, "product": 3, "control": 2, "trouble": 1}
DIES = 0.02
# The whole of `cellchain verify` after so many steps, and at the end; the oracle looks after each.
VERIFIED_EVERY = 2_000
ASKED_AGAIN = 3
REHEARSED_MAX = 1_000
ARM_OF = text("SELECT arm FROM trial_recipient WHERE code = :code")
SEALED_ROW = text(
    "SELECT r.sealed, r.number, r.level, l.study FROM trial_allocation_row r"
    " JOIN trial_allocation_list l ON l.id = r.allocation_list WHERE r.id = :row"
)


@dataclass
class Outcome:
    """What came of it. `broken` names what broke, at which step; nothing is there where everything held."""

    seed: int
    steps: int = 0
    refusals: int = 0
    deaths: int = 0
    replays: int = 0
    broken: list[str] = field(default_factory=list)
    verbs: Counter[str] = field(default_factory=Counter)

    def text(self) -> str:
        """For people: one line where all is well."""
        if not self.broken:
            return f"held: {self.steps} steps, {self.refusals} refusals, 0 violations"
        return "\n".join([*self.broken, f"broken: seed {self.seed}, step {self.steps}, {len(self.broken)} violations"])

    def data(self) -> dict[str, Any]:
        """For machines."""
        counts = {"steps": self.steps, "refusals": self.refusals, "violations": len(self.broken)}
        done = {"crashes": self.deaths, "replays": self.replays, "verbs": dict(sorted(self.verbs.items()))}
        return {"seed": self.seed, **counts, **done, "broken": self.broken}


def simulate(seed: int, steps: int, database: str | None = None) -> Outcome:
    """Tell the random story of `seed` for so many steps, or until something breaks.

    `database` is the address of an empty one on PostgreSQL, where the story stays; without it, a file that is thrown
    away. Raises Refused `database.founded` where there is a ledger.
    """
    with TemporaryDirectory(prefix="cellchain-simulate-") as folder:
        director = Director(Path(folder) / "data", seed, database)
        try:
            director.play(steps)
        finally:
            director.close()
    return director.outcome


class Director:
    """One simulation over a demonstration of its own."""

    def __init__(self, folder: Path, seed: int, database: str | None = None, begun: "Director | None" = None) -> None:
        """A story of its own, or over a copy of its folder the one that was `begun`, from where it stands."""
        self.random = Random(seed)  # noqa: S311
        self.outcome = Outcome(seed)
        self.clock: SimulatedClock = SimulatedClock(BEGINS if begun is None else begun.clock.now())
        self.settings = Settings(data_dir=folder, database_url=database, **CHEAPLY)
        self.installation = self._opened()
        self.stage = Stage(self.installation, self.clock, self.random, BEGINS + LASTS)
        if begun is None:
            self._found()
            self.town = settle(self.stage, self.random)
        else:
            self.stage.people, self.stage.badges = begun.stage.people, begun.stage.badges
            self.town = deepcopy(begun.town)
        self.stage.members = {member.username: member for member in CAST}
        self.tellers: list[Teller] = []
        self.eyes = Eyes(self.settings.url)
        self.scene = Scene(self.stage, self.eyes)
        self.mischief = Mischief(self.stage, self.random, self.scene)
        self.journal = Journal()
        self.oracle = Oracle(Ledger(self.eyes), self._arm_of, self._drawn_as)
        self.watch = Watch(self.eyes, self.oracle.tables)
        self.shown = Shown(self.oracle.tables)
        self._listen()
        self._break(self.watch.look_at_all())

    def _found(self) -> None:
        """Raises Refused `database.founded`, with every connection closed."""
        try:
            foundation.found(self.installation.database, self.installation.runner, demonstration=True)
        except CellchainError:
            self.installation.close()
            raise

    def close(self) -> None:
        """Everybody goes home."""
        for teller in self.tellers:
            teller.dismiss()
        self.eyes.close()
        self.installation.close()

    def play(self, steps: int) -> None:
        """Go on until so many acts were made, or one broke something."""
        self.tellers = [self._teller(name) for name, count in TELLERS.items() for _ in range(count)]
        while self.outcome.steps < steps and not self.outcome.broken:
            number = self._next()
            teller = self.tellers[number]
            turn = teller.turn
            if turn.call is None:
                self._told(number, teller.resume())
                continue
            self.through(self.mischief.beside(turn.call), steps)
            if self.outcome.steps >= steps or self.outcome.broken:
                return
            self._told(number, teller.resume(self._act(turn.call)))
        if not self.outcome.broken:
            self._verify()

    def rehearse(self, tale: Tale, trespass: Trespass | None = None) -> Any:
        """Tell one tale alone, with nothing wrong but this trespass: to its end, or until it was tried.

        Gives what then came of the right act.
        """
        came: Any = None
        teller = Teller("rehearsal", self._stage(), tale, ENDS)
        self.tellers = [teller]
        turn = teller.resume()
        while not self.outcome.broken and (turn.call is not None or turn.wakes is not None):
            if turn.call is None:
                self.clock.advance_to(turn.wakes or self.clock.now())
                turn = teller.resume()
                continue
            if trespass is not None and trespass.verb is turn.call.command.function:
                self.through(self.mischief.trespass(trespass, turn.call), REHEARSED_MAX)
            if self.outcome.broken:
                break
            came = self._act(turn.call)
            if self.scene.tried:
                break
            turn = teller.resume(came)
        if turn.fault is not None:
            self._break([f"a story broke: {type(turn.fault).__name__}: {turn.fault}"])
        self._break(self.watch.look_at_all())
        return came

    def through(self, acts: Acts, steps: int) -> None:
        """Make these acts, each with what came of the one before, until so many were made or one broke something."""
        came: Any = None
        while self.outcome.steps < steps and not self.outcome.broken:
            try:
                act = acts.send(came)
            except StopIteration:
                return
            came = self.clock.advance(act) if isinstance(act, timedelta) else self._act(act)
        acts.close()

    # -- who goes on --

    def _next(self) -> int:
        """One of those who do not sleep; if all do, the clock goes on to the first who wakes."""
        now = self.clock.now()
        awake = [number for number, one in enumerate(self.tellers) if one.turn.wakes is None or one.turn.wakes <= now]
        if not awake:
            self.clock.advance_to(min(one.turn.wakes for one in self.tellers if one.turn.wakes is not None))
            return self._next()
        return self.random.choice(awake)

    def _told(self, number: int, turn: Turn) -> None:
        """A story that has ended is told anew, by another teller."""
        if turn.fault is not None:
            self._break([f"a story broke: {type(turn.fault).__name__}: {turn.fault}"])
        if turn.call is None and turn.wakes is None:
            self.tellers[number].dismiss()
            self.tellers[number] = self._teller(self.tellers[number].name)

    def _teller(self, name: str) -> Teller:
        teller = Teller(name, self._stage(), tales(self.town)[name], ENDS)
        # The first words of a story may wait a little, so that not all begin at one moment.
        teller.turn = Turn(wakes=self.clock.now() + timedelta(minutes=self.random.randrange(600)))
        return teller

    def _stage(self) -> ActorStage:
        one = self.stage
        return ActorStage(self.installation, self.clock, self.random, one.end, one.people, one.members, one.badges)

    # -- one act --

    def _act(self, call: Call) -> Any:
        """Make one act, with whatever goes wrong with the process; gives its result, or what it was refused."""
        self.outcome.steps += 1
        self.outcome.verbs[call.command.verb] += 1
        if self.random.random() < DIES:
            self._fused.fuse.at = self.random.choice(list(Moment))
        try:
            answer = self._sent(call)
        except CellchainError as error:  # refused before there was anything to record, such as a used request id
            self.outcome.refusals += 1
            self._listen()
            return error
        except Exception as error:
            self._break([f"{call.command.path} failed: {type(error).__name__}: {error}"])
            return CellchainError("simulate.broken", "The simulation ends.")
        self._heard(call, answer)
        if answer.done and not answer.replayed:
            self._break(list(self.shown.broken(call, answer)))
        if self.outcome.steps % VERIFIED_EVERY == 0:
            self._verify()
        try:
            return answer.result()
        except CellchainError as error:
            return error

    def _sent(self, call: Call) -> Answer:
        """The answer; if the process dies over it, it starts anew and the person sends the same request again."""
        try:
            return self.installation.runner.run(call)
        except Died:
            self.outcome.deaths += 1
            self._start_anew()
            answer = self.installation.runner.run(call)
            for kept in self.journal.some(self.random, ASKED_AGAIN):
                self._ask_again(kept.call, kept.answer)
            return answer

    def _heard(self, call: Call, answer: Answer) -> None:
        self.outcome.refusals += not answer.done
        self.outcome.replays += answer.replayed
        self._listen()
        known = next((one for one in reversed(self.journal.kept[-50:]) if one.call.request_id == call.request_id), None)
        if known is not None and (known.answer.done, known.answer.text) != (answer.done, answer.text):
            self._break([f"8: {call.command.path} was answered twice, and not alike"])
        if known is None:
            self.journal.keep(call, answer)
            self._break(list(self.journal.broken(self.journal.kept[-1])))
            self.mischief.remember(call, answer)

    def _ask_again(self, call: Call, answer: Answer) -> None:
        again = self.installation.runner.run(call)
        if not again.replayed or (again.done, again.text) != (answer.done, answer.text):
            self._break([f"8: {call.command.path} was acknowledged, and is answered otherwise after a crash"])

    # -- looking --

    def _listen(self) -> None:
        self._break(self.oracle.listen())
        self.journal.hear(self.oracle.heard)
        self.watch.hear(self.oracle.heard)
        self._break(self.watch.look())

    def _verify(self) -> None:
        report = run_verify(self.installation.database, self.installation.folder, composition.INVARIANTS)
        if not report.intact:
            self._break([f"verify: {report.text().splitlines()[-1]}"])
        self._break(self.watch.look_at_all())
        for kept in self.journal.kept:
            self._break(list(self.journal.broken(kept)))

    def _break(self, found: list[str]) -> None:
        self.outcome.broken += found

    def _arm_of(self, recipient: str) -> str:
        """The arm, opened from its cell with the site's own key."""
        with self.installation.database.engine.connect() as link:
            cell = link.execute(ARM_OF, {"code": recipient}).scalar_one()
        return self.installation.database.sealer.open(cell)

    def _drawn_as(self, row: str) -> str:
        """The arm that stands sealed in a row of the list, opened with the house's list key."""
        with self.installation.database.engine.connect() as link:
            sealed, number, level, study = link.execute(SEALED_ROW, {"row": int(row)}).one()
        opened = unseal(self.installation.database.sealer.open(sealed), study, number, self._list_key, level)
        return opened.arm

    @property
    def _list_key(self) -> bytes:
        return self.installation.folder.keys().list

    # -- the process --

    @property
    def _fused(self) -> FusedDatabase:
        return cast(FusedDatabase, self.installation.database)

    def _opened(self) -> Installation:
        return open_installation(self.settings, clock=self.clock, entropy=self.random.randbytes, made_of=FusedDatabase)

    def _start_anew(self) -> None:
        self._fused.abandon()
        self.installation = self._opened()
        for stage in (self.stage, *(teller.stage for teller in self.tellers)):
            stage.installation = self.installation
