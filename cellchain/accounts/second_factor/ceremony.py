"""Passkeys by the library `webauthn`: what a browser is asked, and whether what it answers holds (WebAuthn level 2).

A person has to be verified by the device itself, by PIN or finger, each time: so a passkey is two factors in one.
"""

import ipaddress
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cellchain.kernel.errors import Refused
from cellchain.kernel.later import later
from cellchain.kernel.values import dataclass

# It knows how every maker of keys signs, and a house may have no passkey at all.
if TYPE_CHECKING:
    import webauthn
    from webauthn import helpers
    from webauthn.helpers import exceptions, structs
else:
    webauthn, helpers = later("webauthn"), later("webauthn.helpers")
    exceptions, structs = later("webauthn.helpers.exceptions"), later("webauthn.helpers.structs")

CHALLENGE_BYTES = 32
ANSWER_LENGTH_MAX = 8_000
# Whatever a browser sends that is none of the answers that the library expects.
_MALFORMED = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class RelyingParty:
    """This house as passkeys know it. A passkey belongs to its name and opens nothing under another."""

    id: str
    origin: str
    name: str

    @property
    def is_usable(self) -> bool:
        """Browsers make passkeys for a host with a name alone, and over TLS or on this machine."""
        try:
            ipaddress.ip_address(self.id.strip("[]"))
        except ValueError:
            return bool(self.id) and (self.origin.startswith("https://") or self.id == "localhost")
        return False


@dataclass(frozen=True)
class Added:
    """A new key pair: its public half in base64url."""

    credential: str
    public_key: str
    sign_count: int


def relying_party(public_url: str, name: str) -> RelyingParty:
    """The house under the address at which people reach it."""
    parts = urlsplit(public_url)
    return RelyingParty(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", name or "cellchain")


def asks_to_add(
    party: RelyingParty, challenge: bytes, *, person: str, username: str, name: str, have: Sequence[str]
) -> dict[str, Any]:
    """What the browser is asked when a passkey is added; `have` are those that the person has already."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_name=username,
        user_id=person.encode(),
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(have),
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def asks_to_prove(party: RelyingParty, challenge: bytes, have: Sequence[str] = ()) -> dict[str, Any]:
    """What the browser is asked when somebody proves who they are; without `have` it offers whom it knows."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        allow_credentials=_descriptors(have) or None,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def challenge_in(answer: str) -> bytes:
    """The challenge that an answer says it answers. Raises Refused `passkey.malformed`."""
    try:
        said = json.loads(helpers.base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        return helpers.base64url_to_bytes(said["challenge"])
    except (exceptions.WebAuthnException, *_MALFORMED) as error:
        raise _malformed() from error


def credential_in(answer: str) -> str:
    """The passkey that an answer names. Raises Refused `passkey.malformed`."""
    try:
        return helpers.bytes_to_base64url(helpers.base64url_to_bytes(json.loads(answer)["rawId"]))
    except (exceptions.WebAuthnException, *_MALFORMED) as error:
        raise _malformed() from error


def added(party: RelyingParty, answer: str, challenge: bytes) -> Added:
    """The key pair that a browser made. Raises Refused `passkey.not_verified`."""
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, *_MALFORMED) as error:
        raise _unverified() from error
    return Added(
        helpers.bytes_to_base64url(found.credential_id),
        helpers.bytes_to_base64url(found.credential_public_key),
        found.sign_count,
    )


def proved(party: RelyingParty, answer: str, challenge: bytes, public_key: str, sign_count: int) -> int:
    """The counter of a passkey whose answer holds. Raises Refused `passkey.not_verified`, also for a counter that went
    back: somebody may have copied the key."""
    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=helpers.base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, *_MALFORMED) as error:
        raise _unverified() from error
    return found.new_sign_count


def _descriptors(credentials: Sequence[str]) -> "list[structs.PublicKeyCredentialDescriptor]":
    return [structs.PublicKeyCredentialDescriptor(id=helpers.base64url_to_bytes(one)) for one in credentials]


def _malformed() -> Refused:
    return Refused("passkey.malformed", "What the browser sent is no answer of a passkey. Try again.")


def _unverified() -> Refused:
    return Refused(
        "passkey.not_verified", "The passkey could not be verified here. Try again, or sign in with your password."
    )
