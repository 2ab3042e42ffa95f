"""A clock that was moved shows, because the time since the start cannot be."""

from datetime import UTC, datetime, timedelta

from cellchain.kernel.clock import ClockStep, WatchedClock

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Machine:
    """A wall clock that anybody may move, and the seconds since the start."""

    def __init__(self) -> None:
        self.wall, self.uptime_s = START, 100.0

    def passes(self, seconds: float, moved_s: float = 0) -> None:
        self.uptime_s += seconds
        self.wall += timedelta(seconds=seconds + moved_s)


def watched(machine: Machine) -> tuple[WatchedClock, list[ClockStep]]:
    heard: list[ClockStep] = []
    return WatchedClock(heard.append, wall=lambda: machine.wall, uptime_s=lambda: machine.uptime_s), heard


def test_a_clock_that_runs_is_left_alone() -> None:
    machine = Machine()
    clock, heard = watched(machine)
    for seconds in (0.001, 1, 3_600, 86_400):
        machine.passes(seconds, moved_s=1.9)
        assert clock.now() == machine.wall
    assert heard == []
    assert clock.last_step is None


def test_a_step_forward_and_back_is_heard_once_each() -> None:
    machine = Machine()
    clock, heard = watched(machine)
    machine.passes(5, moved_s=-3_600)
    clock.now()
    machine.passes(5)
    clock.now()
    machine.passes(5, moved_s=2.5)
    clock.now()
    assert [round(one.seconds, 1) for one in heard] == [-3_600, 2.5]
    assert heard[0].at == START + timedelta(seconds=5 - 3_600)
    assert clock.last_step == heard[1]


def test_what_is_given_never_runs_back() -> None:
    machine = Machine()
    clock, _ = watched(machine)
    machine.passes(5, moved_s=-3_600)
    assert clock.now() == START + timedelta(seconds=5), "it goes on by the time since the start"
    machine.passes(1_800)
    assert clock.now() == START + timedelta(seconds=1_805), "and does not wait until the clock has caught up"
    machine.passes(5, moved_s=3_600)
    assert clock.now() == machine.wall


def test_a_clock_put_forward_and_back_stays_on_the_safe_side() -> None:
    machine = Machine()
    clock, _ = watched(machine)
    machine.passes(1, moved_s=3_600)
    assert clock.now() == START + timedelta(seconds=3_601)
    machine.passes(1, moved_s=-3_600)
    assert clock.now() == START + timedelta(seconds=3_602)


def test_a_clock_put_back_before_the_start_is_heard() -> None:
    machine = Machine()
    clock, heard = watched(machine)
    clock.held_against(START - timedelta(days=1))
    assert heard == []
    clock.held_against(START + timedelta(hours=1))
    assert [one.seconds for one in heard] == [-3_600]
