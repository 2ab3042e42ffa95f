"""What a paused study refuses, and who lets it go on. Pure."""

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T

# Said at the bedside as well, where nobody has time for more.
AT_BEDSIDE = T("The study is paused for safety. Do not start this infusion. Call the physician.")
WHILE_RUNNING = T("The study was paused for safety while this bag runs. Call the physician: go on or stop.")


def may_go_on(*, paused: bool) -> None:
    """Raises Refused while the study is paused: nobody is randomised, and no bag becomes anybody's."""
    if paused:
        raise Refused(
            "study.paused",
            "The study is paused for safety. Nobody is randomised or treated until two people have signed that it "
            "goes on. Ask the sponsor.",
        )


def may_pause(*, paused: bool) -> None:
    """Raises Refused where it is paused already."""
    if paused:
        raise Refused("study.paused_already", "This study is paused already. Nothing was changed.")


def may_resume(signed_by: str | None) -> None:
    """Raises Refused where somebody has signed already: the second signature is asked of another person."""
    if signed_by is not None:
        raise Refused(
            "study.resume_signed", "Somebody has signed that this study goes on. A second person has to countersign."
        )
