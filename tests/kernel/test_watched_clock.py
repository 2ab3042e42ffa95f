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
