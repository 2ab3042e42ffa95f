"""What a browser carries while its person is at the directory: sealed, so that nobody else's answer fits it."""

import hmac
import json
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

from cellchain.kernel.errors import SignInNeeded
from cellchain.kernel.values import dataclass
from cellchain.platform.sealing import Sealer, is_encrypted

LASTS = timedelta(minutes=10)
TOKEN_BYTES = 32  # 43 characters, the least that a PKCE verifier has


@dataclass(frozen=True)
class Errand:
    """One sign-in under way: `state` binds the answer to this browser, `nonce` the token to this answer, and `verifier`
    the code to whoever asked for it. `anew`: the directory was to ask for the password again."""

    state: str
    nonce: str
    verifier: str
    next_page: str
    anew: bool
    begun_at: float

    def sealed(self, sealer: Sealer) -> str:
        """As it stands in the cookie."""
        return sealer.encrypted(json.dumps(asdict(self))).text


def begin(next_page: str, now: datetime, *, anew: bool) -> Errand:
    """An errand that nobody can guess."""
    state, nonce, verifier = (secrets.token_urlsafe(TOKEN_BYTES) for _ in range(3))
    return Errand(state, nonce, verifier, next_page, anew, now.timestamp())


def resumed(cookie: str | None, state: str, sealer: Sealer, now: datetime) -> Errand:
    """The errand that an answer with `state` belongs to. Raises SignInNeeded where this browser did not begin it."""
    errand = _opened(cookie, sealer)
    fits = errand is not None and hmac.compare_digest(errand.state.encode(), state.encode())
    if errand is None or not fits or now.timestamp() - errand.begun_at > LASTS.total_seconds():
        raise SignInNeeded(
            "sign_in.not_begun_here",
            "This sign-in was not begun in this browser, or took longer than {minutes} minutes. Begin it again.",
            minutes=int(LASTS.total_seconds() // 60),
        )
    return errand


def _opened(cookie: str | None, sealer: Sealer) -> Errand | None:
    if not cookie or not is_encrypted(cookie):
        return None
    try:
        return Errand(**json.loads(sealer.open(cookie)))
    except (ValueError, TypeError):
        return None
