"""Whose signature waits for the agreement to be read. What stops harm is never asked (`cannot_wait`). Pure."""

from cellchain.accounts.agreement.text import VERSION
from cellchain.kernel.errors import Refused


def is_current(accepted: int | None) -> bool:
    """Whether the version that somebody accepted last is the one that counts now."""
    return accepted is not None and accepted >= VERSION


def may_sign(accepted: int | None) -> None:
    """Whether a signature of somebody who accepted this version last, or none, counts now. Raises Refused."""
    if is_current(accepted):
        return
    if accepted is None:
        raise Refused(
            "agreement.not_accepted",
            "You have not accepted the agreement on electronic signatures, and nothing was signed. Read and accept it "
            "under “Your account”, then sign again.",
        )
    raise Refused(
        "agreement.older",
        "The agreement on electronic signatures has changed since you accepted version {accepted}, and nothing was "
        "signed. Read and accept version {version} under “Your account”, then sign again.",
        accepted=str(accepted),
        version=str(VERSION),
    )


def may_accept(version: int, accepted: int | None) -> None:
    """Whether somebody may accept this version now. Raises Refused."""
    if version != VERSION:
        raise Refused(
            "agreement.other_version",
            "This is not the version that counts now. Open the agreement again, read it and accept that one.",
        )
    if is_current(accepted):
        raise Refused("agreement.accepted", "You have accepted this version already. You need not do it again.")
