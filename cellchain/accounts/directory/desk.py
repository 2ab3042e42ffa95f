"""Between the browser and the directory: sends people there, reads what they bring back, says what went wrong."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import anyio

from cellchain.accounts.directory import errand
from cellchain.accounts.directory.errand import Errand
from cellchain.accounts.directory.provider import Away, Client, Known, Provider, Untrue
from cellchain.kernel.errors import Busy, SignInNeeded
from cellchain.platform.config import Settings
from cellchain.platform.sealing import Sealer

CALLBACK = "/directory/callback"
ANSWER_LENGTH_MAX = 2_048
WAITING_MAX = 4
# Errors of an authorization answer after which the same question may succeed (RFC 6749, 4.1.2.1).
PASSING = frozenset({"server_error", "temporarily_unavailable"})

log = logging.getLogger(__name__)


class Desk:
    """One directory and this house. What it logs is a word of ours, never an answer, a token or a name.

    `room` bounds who waits for it: in threads that nothing else needs, so that a directory that hangs holds up nobody
    at the bedside.
    """

    def __init__(self, provider: Provider, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self.provider = provider
        self._sealer = sealer
        self._now = now
        self.room = anyio.CapacityLimiter(WAITING_MAX)

    def send(self, next_page: str, *, anew: bool) -> tuple[str, str]:
        """The address at the directory, and the cookie that the answer is held against. Raises Busy, SignInNeeded."""
        begun = errand.begin(next_page, self._now(), anew=anew)
        try:
            door = self.provider.door(begun.state, begun.nonce, begun.verifier, anew=anew)
        except (Away, Untrue) as error:
            raise self._told(error) from error
        return door, begun.sealed(self._sealer)

    def receive(self, cookie: str | None, answer: Mapping[str, str]) -> tuple[Known, Errand]:
        """Who came back, and what they were sent for.

        Raises SignInNeeded `sign_in.not_begun_here`, `.directory_refused`, `.directory_untrue`, `.directory_too_weak`,
        Busy `sign_in.directory_away`.
        """
        now = self._now()
        sent = errand.resumed(cookie, answer.get("state", ""), self._sealer, now)
        try:
            self.provider.check_issuer(answer.get("iss"))
            code = _code_of(answer)
            known = self.provider.redeem(code, sent.verifier, sent.nonce)
            self._is_fresh(known, now, anew=sent.anew)
        except (Away, Untrue) as error:
            raise self._told(error) from error
        if not known.is_strong:
            raise SignInNeeded(
                "sign_in.directory_too_weak",
                "The directory asked you for no more than a password, and this house needs more. Sign in there with "
                "your second factor; if it asks for none, tell an administrator.",
            )
        return known, sent

    def _is_fresh(self, known: Known, now: datetime, *, anew: bool) -> None:
        """Raises Untrue for a proof that is too old; for one without a time, where it was asked for anew."""
        if known.proved_at is None:
            if anew:
                raise Untrue("auth_time")
        elif now - known.proved_at > self.provider.oldest(anew=anew):
            raise Untrue("auth_time")

    def way_out(self, back: str) -> str | None:
        """Where to sign out at the directory too, or None where it has no such place. Raises Busy."""
        try:
            return self.provider.way_out(back)
        except (Away, Untrue) as error:
            raise self._told(error) from error

    def _told(self, error: Away | Untrue) -> Busy | SignInNeeded:
        if isinstance(error, Away):
            log.warning("the directory is away: %s", error)
            return Busy(
                "sign_in.directory_away",
                "The directory does not answer. Nothing is wrong with your password. At a station sign in with badge "
                "and PIN; elsewhere try again in a minute.",
            )
        log.warning("an answer of the directory does not hold: %s", error.reason)
        return SignInNeeded(
            "sign_in.directory_untrue",
            "What the directory answered does not hold ({reason}), so you are not signed in. Begin again; if it stays "
            "so, tell an administrator.",
            reason=error.reason,
        )


def _code_of(answer: Mapping[str, str]) -> str:
    """The code of an authorization answer. Raises SignInNeeded where the directory said no, Away, Untrue."""
    if answer.get("error") in PASSING:
        raise Away("it says so")
    if "error" in answer:
        raise SignInNeeded(
            "sign_in.directory_refused",
            "The directory did not let you in, or you turned back there. Begin again, or ask who looks after it.",
        )
    code = answer.get("code", "")
    if not 0 < len(code) <= ANSWER_LENGTH_MAX:
        raise Untrue("code")
    return code


def desk_of(settings: Settings, sealer: Sealer, now: Callable[[], datetime]) -> Desk | None:
    """The desk of an installation, or None where no directory is set up."""
    if settings.oidc_issuer is None:
        return None
    client = Client(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret_file=settings.oidc_client_secret_file,
        redirect_uri=f"{settings.public_url.rstrip('/')}{CALLBACK}",
        shown_claim=settings.oidc_shown_claim,
        longest=timedelta(hours=settings.session_hours),
        strong=tuple(settings.oidc_strong.split()),
    )
    return Desk(Provider(client, now), sealer, now)
