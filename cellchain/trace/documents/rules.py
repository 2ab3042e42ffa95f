"""How a document comes about: asked for, made, ready to be taken, or given up. Pure."""

from datetime import timedelta
from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase

ATTEMPTS_MAX = 3
# Longer than the longest record takes. A making that is older has lost its process.
LEASE = timedelta(minutes=30)


class Form(StrEnum):
    """What a document is: a batch record to be read and filed, the same for a program, or a certificate."""

    PDF = "pdf"
    JSON = "json"
    ANALYSIS = "analysis"
    RELEASE = "release"

    @property
    def ending(self) -> str:
        """How the name of its file ends."""
        return "json" if self is Form.JSON else "pdf"

    @property
    def media_type(self) -> str:
        """The type that an answer names."""
        return f"application/{self.ending}"


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
RECORDS = (Form.PDF, Form.JSON)
CERTIFICATES = (Form.ANALYSIS, Form.RELEASE)


def after_fault(attempts_count: int) -> str:
    """What becomes of a document whose making failed: it is tried again, and given up after the third time."""
    return "put_back" if attempts_count < ATTEMPTS_MAX else "give_up"
