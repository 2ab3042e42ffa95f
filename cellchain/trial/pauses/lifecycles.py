"""Where a pause of a study stands. Pure."""

from cellchain.kernel.lifecycle import Lifecycle, Phase


class PausePhase(Phase):
    """A pause stands until two people have signed that the study goes on."""

    STANDING = "standing"
    LIFTED = "lifted"


PAUSE = Lifecycle(
    "pause",
    first=PausePhase.STANDING,
    moves={
        "resume": ([PausePhase.STANDING], PausePhase.STANDING),
        "lift": ([PausePhase.STANDING], PausePhase.LIFTED),
    },
    final=[PausePhase.LIFTED],
)
