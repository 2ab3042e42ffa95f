"""When a sample belongs to a sampling point of the running step, and when one may be left out. Pure."""

from collections.abc import Set as AbstractSet

from cellchain.kernel.errors import Refused
from cellchain.manufacturing.rules.definition import Sampling, Step


def point_of(step: Step, key: str) -> Sampling:
    """The sampling point `key` of the running step. Raises Refused `sample.no_such_point`."""
    point = step.point(key)
    if point is None:
        raise Refused(
            "sample.no_such_point",
            "The running step has no sampling point “{point}”. Open the bench and take the sample that it names.",
            point=key,
        )
    return point


def enough(point: Sampling, volume_ul: int) -> None:
    """A planned sample has its planned volume, or more. Raises Refused `sample.too_little`."""
    if volume_ul < point.volume_ul:
        raise Refused(
            "sample.too_little",
            "This sample needs {needed} µL, and {taken} µL were entered. Take the whole sample, or write down why it "
            "cannot be taken.",
            needed=point.volume_ul,
            taken=volume_ul,
        )


def may_leave_out(point: Sampling, served: AbstractSet[str]) -> None:
    """What was taken, or left out before, is not left out. Raises Refused `sample.settled`."""
    if point.key in served:
        raise Refused(
            "sample.settled",
            "This sample was taken or left out already. Nothing is due here: go on with the step.",
        )
