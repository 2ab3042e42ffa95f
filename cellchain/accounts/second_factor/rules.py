"""Codes that change every half minute (RFC 6238), codes on paper, and when a second factor may go. Pure."""

import base64
import hmac
from datetime import datetime, timedelta

import pyotp

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass

STEP_SECONDS = 30
STEPS_AROUND = 1  # a phone's clock may be half a minute off
SECRET_BYTES = 20  # RFC 4226: 160 bits
RECOVERY_COUNT = 10
RECOVERY_BYTES = 10
TICKET_LASTS = timedelta(minutes=5)
ISSUER = "cellchain"


class FactorPhase(Phase):
    ACTIVE = "active"
    ENDED = "ended"


class RecoveryPhase(Phase):
    LIVE = "live"
    USED = "used"
    ENDED = "ended"


FACTOR = Lifecycle(
    "second_factor",
    first=FactorPhase.ACTIVE,
    moves={"end": ([FactorPhase.ACTIVE], FactorPhase.ENDED)},
    final=[FactorPhase.ENDED],
)
RECOVERY = Lifecycle(
    "recovery_code",
    first=RecoveryPhase.LIVE,
    moves={
        "use": ([RecoveryPhase.LIVE], RecoveryPhase.USED),
        "end": ([RecoveryPhase.LIVE], RecoveryPhase.ENDED),
    },
    final=[RecoveryPhase.USED, RecoveryPhase.ENDED],
)


@dataclass(frozen=True)
class Factors:
    """What a person has beside the password."""

    code: bool
    passkeys: int

    @property
    def any(self) -> bool:
        """Whether there is a second factor at all."""
        return self.code or self.passkeys > 0


def secret_from(random: bytes) -> str:
    """A phone's secret out of SECRET_BYTES random bytes, in base32."""
    return base64.b32encode(random).decode()


def is_secret(text: str) -> bool:
    """Whether a text is a phone's secret as `secret_from` makes it."""
    try:
        return len(base64.b32decode(text)) == SECRET_BYTES
    except ValueError:
        return False


def recovery_from(random: bytes) -> str:
    """A code on paper out of RECOVERY_BYTES random bytes: four groups of four."""
    text = base64.b32encode(random).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def bare(code: str) -> str:
    """A code as it is compared: without the gaps that people read by."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def address_of(secret: str, username: str, site: str) -> str:
    """What the QR symbol on the screen says to the phone (otpauth://)."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=username, issuer_name=site or ISSUER)


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step whose code this is, among those near now and after the last one used; None for any other.

    Whoever looked over a shoulder has nothing: a step counts once.
    """
    digits = bare(code)
    present = int(now.timestamp()) // STEP_SECONDS
    phone = pyotp.TOTP(secret, interval=STEP_SECONDS)
    near = range(present - STEPS_AROUND, present + STEPS_AROUND + 1)
    fits = [step for step in near if hmac.compare_digest(phone.at(step * STEP_SECONDS).encode(), digits.encode())]
    return next((step for step in fits if step > last_step), None)


def may_end(*, others: bool, password_is_short: bool) -> None:
    """Whether a second factor may go. Raises Refused where the password was fit beside it alone."""
    if password_is_short and not others:
        raise Refused(
            "second_factor.password_short",
            "Your password is short: it counts beside a second factor alone. Set one of 15 characters first.",
        )
