"""How a document comes about: asked for, made, ready to be taken, or given up. Pure."""

from datetime import timedelta
from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase

ATTEMPTS_MAX = 3
# Longer than the longest record takes. A making that is older has lost its process.
LEASE = timedelta(minutes=30)


class Form(StrEnum):
    """What a document is for: to be read and filed, or to be taken over by a program."""

    PDF = "pdf"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """The type that an answer names."""
        return f"application/{self.value}"


class Reader(StrEnum):
    """The language that a document is written in."""

    EN = "en"
    RU = "ru"


class JobPhase(Phase):
    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


JOB = Lifecycle(
    "document",
    first=JobPhase.WAITING,
    moves={
        "begin": ([JobPhase.WAITING], JobPhase.MAKING),
        "finish": ([JobPhase.MAKING], JobPhase.READY),
        "put_back": ([JobPhase.MAKING], JobPhase.WAITING),
        "give_up": ([JobPhase.MAKING], JobPhase.FAILED),
    },
    final=[JobPhase.READY, JobPhase.FAILED],
)
OPEN = (JobPhase.WAITING, JobPhase.MAKING)


def after_fault(attempts_count: int) -> str:
    """What becomes of a document whose making failed: it is tried again, and given up after the third time."""
    return "put_back" if attempts_count < ATTEMPTS_MAX else "give_up"
