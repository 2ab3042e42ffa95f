"""The words of the agreement on simple electronic signatures. Whoever changes them makes a version of them."""

import hashlib
from collections.abc import Mapping
from datetime import date

from cellchain.kernel.text import T

VERSION, VERSION_OF = 2, date(2026, 12, 1)
POINTS = (
    T(
        "In cellchain a person signs with what is asked for anew at every signature: their user name with their own "
        "password or, where they sign in at a directory, with their own signing PIN; or a passkey on a device of "
        "theirs. This is a simple electronic signature in the sense of Federal Law 63-FZ."
    ),
    T(
        "The site and the person agree that a record signed in this way is equal to a document on paper that the "
        "person signed by hand."
    ),
    T(
        "Every signature shows, on the screen and in print, the name of the signer, the date and time (local and UTC) "
        "and what the signature means. It holds the SHA-256 of the record: once the record is altered, the signature "
        "shows as no longer matching."
    ),
    T(
        "The person keeps password and PIN secret and the device of the passkey to themselves, lets nobody else sign "
        "in their name, and tells an administrator at once if somebody else may know or have one of them. The site "
        "then locks the account. It knows neither password nor PIN: an administrator hands over a code that counts "
        "once, and the person chooses both."
    ),
    T("A role that the person takes in an emergency is signed in the same way, and so is what they do under it."),
    T(
        "Documents that cellchain gives out bear the certificate of the site. It shows that a file was not changed, "
        "and stands in for nobody's own signature."
    ),
    T(
        "The agreement counts from the day of the later signature below, for every signature the person gives in "
        "cellchain, until one side ends it in writing. What was signed before stays signed."
    ),
)
# SHA-256 of the points of each version, joined by line ends: an acceptance is of these words and no others.
DIGESTS: Mapping[int, str] = {2: "199ed55a1bcde940a440a0ab1ec5013902dff541a52603a58d01d2902e1d645a"}


def digest_of_points() -> str:
    """SHA-256 of the words as they stand here, in English."""
    return hashlib.sha256("\n".join(str(point) for point in POINTS).encode()).hexdigest()
