"""What a one-time code is, and whom it is given to. Pure."""

import base64
import re
from datetime import timedelta

from cellchain.kernel.errors import Refused, SignInNeeded
from cellchain.kernel.lifecycle import Lifecycle, Phase

CODE_BYTES = 10  # 80 bits: nobody guesses it in a day, and it is read out in one breath
CODE_PATTERN = "^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$"
COUNTS_FOR = timedelta(hours=24)
_TYPED = re.compile(r"[A-Za-z2-7]{4}([- ]?[A-Za-z2-7]{4}){3}")


class OneTimePhase(Phase):
    LIVE = "live"
    USED = "used"
    ENDED = "ended"


ONE_TIME = Lifecycle(
    "one_time_code",
    first=OneTimePhase.LIVE,
    moves={
        "use": ([OneTimePhase.LIVE], OneTimePhase.USED),
        "end": ([OneTimePhase.LIVE], OneTimePhase.ENDED),
    },
    final=[OneTimePhase.USED, OneTimePhase.ENDED],
)


def code_from(random: bytes) -> str:
    """A code out of CODE_BYTES random bytes: four groups of four."""
    text = base64.b32encode(random).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def looks_like_code(typed: str) -> bool:
    """Whether somebody who was asked for a password seems to have typed a code."""
    return _TYPED.fullmatch(typed.strip()) is not None


def may_reset(person: str, by: str, *, gone: bool) -> None:
    """Whether `by` may give `person` a code. Raises Refused."""
    if person == by:
        raise Refused(
            "password.own_reset",
            "Nobody resets their own password this way. Set a new one with the present one, or ask another "
            "administrator.",
        )
    if gone:
        raise Refused("password.gone", "This person has left. Nobody signs in with this account any more.")


def wrong_code() -> SignInNeeded:
    """The same words whether name or code is wrong, and whether the code ever was: nobody learns who works here."""
    return SignInNeeded(
        "sign_in.one_time_wrong",
        "Name or code is wrong, or the code is used or older than {hours} hours. Ask an administrator for a new one.",
        hours=int(COUNTS_FOR.total_seconds() // 3600),
    )
