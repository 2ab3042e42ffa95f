"""The directory as an OpenID Connect provider: where to send people, and what the answer is worth.

Authorization code flow with PKCE (RFC 7636), the ID token checked by OpenID Connect Core 3.1.3.7. The directory may
hang or never end its answer: every talk with it has a bound in time and in bytes, and after a failed one it is left
alone for a moment, so that people who wait are told at once.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from cellchain.accounts.directory.models import SHOWN_LENGTH, SUBJECT_LENGTH
from cellchain.accounts.directory.rules import FRESH_FOR
from cellchain.kernel.later import later
from cellchain.kernel.values import dataclass
from cellchain.platform.addresses import confidential

# Most houses have no directory.
if TYPE_CHECKING:
    import httpx
    from joserfc import errors, jwk, jwt
else:
    httpx, errors = later("httpx"), later("joserfc.errors")
    jwk, jwt = later("joserfc.jwk"), later("joserfc.jwt")

CONNECT_S, READ_S, TALK_S = 2.0, 4.0, 8.0
ANSWER_BYTES_MAX = 512_000
AWAY_S = 5.0  # how long a directory that failed is not asked again
KNOWN_FOR_S = 3_600.0  # how long what it says of itself counts
SKEW = timedelta(seconds=60)
ISSUED_WITHIN = timedelta(minutes=10)
ALGORITHMS = ("RS256", "ES256", "EdDSA")  # no `none`, and no HS256: whoever knows the secret could sign for anybody
PUBLIC_KINDS = frozenset({"RSA", "EC", "OKP"})


class Away(Exception):
    """The directory does not answer, or not as a provider does. Nothing is known about who tried."""


class Untrue(Exception):
    """The answer does not hold. `reason` is a word for administrators: what of it does not."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Client:
    """This house, as the directory knows it. The secret is read at each use; a public client has none."""

    issuer: str
    client_id: str
    secret_file: Path | None
    redirect_uri: str
    shown_claim: str
    longest: timedelta = timedelta(hours=12)  # a proof there that is older opens no session here
    strong: tuple[str, ...] = ()  # what it states of a sign-in with more than a password; none: it is not asked


@dataclass(frozen=True)
class Known:
    """Somebody as the directory knows them. `proved_at` is when they last proved who they are, where it says so;
    `is_strong`, that they did it by more than a password, as far as this house wants to know."""

    issuer: str
    subject: str
    shown: str
    proved_at: datetime | None
    is_strong: bool = True


@dataclass(frozen=True)
class Metadata:
    """What the directory says of itself (OpenID Connect Discovery)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    posts_secret: bool
    names_itself: bool


class Provider:
    """One directory. `now` gives the time that tokens are held against."""

    def __init__(self, client: Client, now: Callable[[], datetime]) -> None:
        self.client = client
        self._now = now
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, jwk.KeySet] | None = None
        self._away_until = 0.0

    def forget(self) -> None:
        """Ask everything anew."""
        with self._lock:
            self._metadata, self._keys, self._away_until = None, None, 0.0

    # -- where people are sent ---------------------------------------------------------------------------------------

    def door(self, state: str, nonce: str, verifier: str, *, anew: bool) -> str:
        """The address at which somebody signs in; `anew` asks for the password even if it remembers them. Raises Away.

        With `max_age` it asks anew whom it remembers for longer than a session lasts here, and says when they proved
        who they are (auth_time), which is held against it. It is not 0, which glewlwyd 2.7 refuses as no number. The
        directory is asked each time: nobody is sent to a house that is dark.
        """
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uri,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            "max_age": str(int(self.oldest(anew=anew).total_seconds())),
            **({"prompt": "login"} if anew else {}),
            **({"acr_values": " ".join(self.client.strong)} if self.client.strong else {}),
        }
        return _with(self._told(anew=True).authorization_endpoint, asked)

    def oldest(self, *, anew: bool) -> timedelta:
        """How long ago somebody may have proved there who they are."""
        return FRESH_FOR if anew else self.client.longest

    def way_out(self, back: str) -> str | None:
        """The address at which somebody signs out there too (RP-Initiated Logout), or None. Raises Away."""
        end = self._told().end_session_endpoint
        told = {"client_id": self.client.client_id, "post_logout_redirect_uri": back}
        return None if end is None else _with(end, told)

    # -- what comes back ---------------------------------------------------------------------------------------------

    def check_issuer(self, named: str | None) -> None:
        """Whether the answer came from this directory (RFC 9207). Raises Untrue, Away."""
        if named is None and self._told().names_itself:
            raise Untrue("iss")
        if named is not None and named != self.client.issuer:
            raise Untrue("iss")

    def redeem(self, code: str, verifier: str, nonce: str) -> Known:
        """Who stands behind a code. Raises Untrue where the directory does not take it or its token does not hold."""
        told = self._told()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": verifier,
        }
        secret = self._secret()
        # Both are encoded as in a form before they are joined (RFC 6749, 2.3.1).
        named = secret is not None and not told.posts_secret
        name = (quote_plus(self.client.client_id), quote_plus(secret or "")) if named else None
        if name is None:
            form |= {"client_id": self.client.client_id, **({} if secret is None else {"client_secret": secret})}
        answer = self._talk("POST", told.token_endpoint, form=form, name=name)
        if not isinstance(answer.get("id_token"), str):
            raise Untrue("id_token")
        return self.read(answer["id_token"], nonce)

    def read(self, token: str, nonce: str) -> Known:
        """What an ID token says, once everything about it holds. Raises Untrue, Away."""
        claims = self._verified(token)
        now = self._now()
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(SKEW.total_seconds()),
            iss={"essential": True, "value": self.client.issuer},
            aud={"essential": True, "value": self.client.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True},
        )
        try:
            registry.validate(claims)
        except errors.ClaimError as error:
            raise Untrue(str(error.claim)) from error
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise Untrue("nonce")
        self._check_party(claims)
        if now - _moment(claims["iat"], "iat", now) > ISSUED_WITHIN:
            raise Untrue("iat")
        return self._known(claims, now)

    def _check_party(self, claims: Mapping[str, Any]) -> None:
        """A token for several parties has to say that it was asked for by this one."""
        audiences = claims["aud"]
        for_several = isinstance(audiences, list) and len(audiences) > 1
        if (for_several or "azp" in claims) and claims.get("azp") != self.client.client_id:
            raise Untrue("azp")

    def _known(self, claims: Mapping[str, Any], now: datetime) -> Known:
        subject = claims["sub"]
        if not subject or len(subject) > SUBJECT_LENGTH or not subject.isprintable():
            raise Untrue("sub")
        shown = claims.get(self.client.shown_claim)
        words = "".join(letter for letter in str(shown or "") if letter.isprintable()).strip()[:SHOWN_LENGTH]
        proved = claims.get("auth_time") or None  # 0 is how glewlwyd 2.7 says that it does not know
        proved_at = None if proved is None else _moment(proved, "auth_time", now)
        return Known(self.client.issuer, subject, words or "–", proved_at, self._is_strong(claims))

    def _is_strong(self, claims: Mapping[str, Any]) -> bool:
        """Whether it states, as the class of the sign-in or among its methods (RFC 8176), what this house asks for."""
        methods = claims.get("amr")
        stated = [claims.get("acr"), *(methods if isinstance(methods, list) else [])]
        return not self.client.strong or any(one in self.client.strong for one in stated)

    def _verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that one of the directory's keys signed; a key not known yet is asked for once."""
        try:
            return self._decoded(token, self._key_set(anew=False))
        except errors.InvalidKeyIdError:
            pass
        except (errors.JoseError, ValueError, TypeError, KeyError) as error:
            raise Untrue("signature") from error
        try:
            return self._decoded(token, self._key_set(anew=True))
        except (errors.JoseError, ValueError, TypeError, KeyError) as error:
            raise Untrue("signature") from error

    def _decoded(self, token: str, keys: "jwk.KeySet") -> dict[str, Any]:
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims

    # -- talking -----------------------------------------------------------------------------------------------------

    def _told(self, *, anew: bool = False) -> Metadata:
        with self._lock:
            known = self._metadata
        if known is not None and not anew and time.monotonic() - known[0] < KNOWN_FOR_S:
            return known[1]
        told = self._talk("GET", f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self.client.issuer:
            raise Untrue("issuer")
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        end = told.get("end_session_endpoint")
        made = Metadata(
            _safe(told.get("authorization_endpoint")),
            _safe(told.get("token_endpoint")),
            _safe(told.get("jwks_uri")),
            None if end is None else _safe(end),
            posts_secret="client_secret_basic" not in methods and "client_secret_post" in methods,
            names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        )
        with self._lock:
            self._metadata = (time.monotonic(), made)
        return made

    def _key_set(self, *, anew: bool) -> "jwk.KeySet":
        with self._lock:
            known = self._keys
        if known is not None and not anew and time.monotonic() - known[0] < KNOWN_FOR_S:
            return known[1]
        listed = self._talk("GET", self._told().jwks_uri).get("keys")
        usable = [one for one in listed if _signs(one)] if isinstance(listed, list) else []
        try:
            keys = jwk.KeySet.import_key_set({"keys": usable})
        except (errors.JoseError, ValueError, TypeError, KeyError) as error:
            raise Untrue("jwks") from error
        with self._lock:
            self._keys = (time.monotonic(), keys)
        return keys

    def _talk(
        self, method: str, url: str, *, form: Mapping[str, str] | None = None, name: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        """One question, and its answer as an object. Raises Away; Untrue where the directory takes no such code."""
        if time.monotonic() < self._away_until:
            raise Away("asked a moment ago")
        try:
            status, body = _asked(method, url, form, name)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._away_until = time.monotonic() + AWAY_S
            raise Away(type(error).__name__) from error
        if form is not None and status in (400, 401, 403):
            raise Untrue(_error_of(body))
        if status != 200:
            self._away_until = time.monotonic() + AWAY_S
            raise Away(f"status {status}")
        found = _object(body)
        if found is None:
            raise Away("no JSON object")
        return found

    def _secret(self) -> str | None:
        if self.client.secret_file is None:
            return None
        try:
            return self.client.secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Away("the file of the client secret cannot be read") from error


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def _asked(method: str, url: str, form: Mapping[str, str] | None, name: tuple[str, str] | None) -> tuple[int, bytes]:
    """Status and body, within the time and the bytes that a directory is given. No redirect is followed."""
    deadline, body = time.monotonic() + TALK_S, bytearray()
    auth = None if name is None else httpx.BasicAuth(*name)
    with (
        httpx.Client(timeout=httpx.Timeout(READ_S, connect=CONNECT_S), follow_redirects=False) as client,
        client.stream(method, url, data=form, auth=auth, headers={"accept": "application/json"}) as answer,
    ):
        for part in answer.iter_bytes():
            body += part
            if len(body) > ANSWER_BYTES_MAX or time.monotonic() > deadline:
                raise httpx.ReadTimeout("the answer is too long")
        return answer.status_code, bytes(body)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _error_of(body: bytes) -> str:
    """The word of an OAuth error, where it is one: it goes onto a page."""
    word = (_object(body) or {}).get("error")
    fit = (
        isinstance(word, str)
        and len(word) <= 40
        and word.replace("_", "").isascii()
        and word.replace("_", "").isalpha()
    )
    return str(word) if fit else "refused"


def _signs(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("kty") in PUBLIC_KINDS and entry.get("use", "sig") == "sig"


def _moment(value: object, claim: str, now: datetime) -> datetime:
    """A NumericDate as a time, not later than the clocks may differ. Raises Untrue."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10_000_000_000:
        raise Untrue(claim)
    at = datetime.fromtimestamp(value, tz=now.tzinfo)
    if at > now + SKEW:
        raise Untrue(claim)
    return at


def _safe(address: object) -> str:
    if not isinstance(address, str) or not confidential(address):
        raise Untrue("endpoint")
    return address


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
