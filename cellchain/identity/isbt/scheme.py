"""Whether ISBT 128 is on here, and whose numbers are accepted. A caller hands this in; nothing here reads a setting."""

import re
from collections.abc import Collection

from cellchain.identity.isbt.faults import NotIsbt, Reason
from cellchain.kernel.values import dataclass

FACILITY = r"[A-NP-Z1-9][0-9A-Z]{4}"
DEMONSTRATION_FACILITIES = frozenset({"A9997", "A9998", "A9999"})


@dataclass(frozen=True, slots=True)
class Scheme:
    """What an administrator has stated (ISBT 128 Standard Technical Specification, section 2.4.1: facilities).

    `facility` is the registered facility's own number and `None` while the scheme is off. `others` are the facilities
    whose donations and products arrive here. In a demonstration the standard's own example numbers stand for all.
    Raises NotIsbt with `BAD_FACILITY`, `DEMONSTRATION_NUMBER` or `REAL_NUMBER` when made with numbers that do not fit.
    """

    facility: str | None = None
    others: frozenset[str] = frozenset()
    demonstration: bool = False

    def __post_init__(self) -> None:
        for number in self.facilities:
            if re.fullmatch(FACILITY, number) is None:
                raise NotIsbt(Reason.BAD_FACILITY)
            self._admit_kind(number)

    @classmethod
    def licensed(cls, facility: str, others: Collection[str] = ()) -> "Scheme":
        """The scheme of a facility that is registered with ICCBBA. Raises NotIsbt as above."""
        return cls(facility, frozenset(others))

    @classmethod
    def of_demonstration(cls) -> "Scheme":
        """The scheme of a demonstration: A9999 at home, A9997 and A9998 elsewhere."""
        return cls("A9999", DEMONSTRATION_FACILITIES, demonstration=True)

    @property
    def on(self) -> bool:
        """Whether anything is read or written at all."""
        return self.facility is not None

    @property
    def facilities(self) -> frozenset[str]:
        """Every facility whose numbers are accepted, the own one among them."""
        return self.others if self.facility is None else self.others | {self.facility}

    def ensure_on(self) -> None:
        """Raises NotIsbt `OFF` while no registration is stated."""
        if not self.on:
            raise NotIsbt(Reason.OFF)

    def admit(self, facility: str) -> None:
        """Let a number of `facility` in. Raises NotIsbt.

        `DEMONSTRATION_NUMBER` and `REAL_NUMBER` keep a demonstration and a real site apart, `UNKNOWN_FACILITY` is any
        other stranger.
        """
        self.ensure_on()
        self._admit_kind(facility)
        if facility not in self.facilities:
            raise NotIsbt(Reason.UNKNOWN_FACILITY)

    def _admit_kind(self, facility: str) -> None:
        if self.demonstration == (facility in DEMONSTRATION_FACILITIES):
            return
        raise NotIsbt(Reason.REAL_NUMBER if self.demonstration else Reason.DEMONSTRATION_NUMBER)


OFF = Scheme()
