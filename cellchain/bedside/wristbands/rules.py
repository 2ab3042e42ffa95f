"""What symbol of a hospital may stand for a recipient, and who may say so. Pure."""

from cellchain.identity import gs1, scan
from cellchain.identity.codes import Kind
from cellchain.identity.schemes import Schemes
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import HospitalWristband

# A shorter text is a bed or a ward; a longer one is a letter.
SYMBOL_MIN, SYMBOL_MAX = 4, 64
_OURS = frozenset(map(str, Kind))
_GS1 = Schemes(gs1=gs1.UNKNOWN_READER)


class BandPhase(Phase):
    LIVE = "live"
    VOID = "void"


BAND = Lifecycle(
    "hospital wristband",
    first=BandPhase.LIVE,
    moves={"release_hospital_wristband": ([BandPhase.LIVE], BandPhase.VOID)},
    final=[BandPhase.VOID],
)


@dataclass(frozen=True, slots=True)
class HospitalSymbol:
    """A symbol that is none of ours. `text` is the same however a reader framed it; `is_gsrn`: its check digit fits."""

    text: str
    is_gsrn: bool

    def counts_under(self, setting: HospitalWristband) -> bool:
        """Whether a study with this setting takes such a symbol for a wristband."""
        return setting is HospitalWristband.ANY or (self.is_gsrn and setting is HospitalWristband.GSRN)


def symbol_of(raw: str) -> HospitalSymbol | None:
    """What a hospital's symbol says, or None: one of ours, damaged, a supplier's package, or a text that is none.

    Of a GS1 symbol only the service relation number of the recipient, AI (8018), counts; what stands beside it, such as
    the instance number (8019) of a band that was printed again, names nobody else.
    """
    read = scan.read(raw, _GS1)
    if read.code is not None:
        return None
    if read.gs1 is not None:
        number = read.gs1.get(gs1.SERVICE_RECIPIENT)
        return None if number is None else HospitalSymbol(f"{gs1.SERVICE_RECIPIENT}{number}", is_gsrn=True)
    # What only looks like GS1 or like one of ours was misread: a guess would make an identity of it.
    is_text = read.system is scan.System.NATIVE and read.text.isascii() and read.text.isprintable()
    if not is_text or not SYMBOL_MIN <= len(read.text) <= SYMBOL_MAX or _looks_like_ours(read.text):
        return None
    return HospitalSymbol(read.text, is_gsrn=False)


def _looks_like_ours(text: str) -> bool:
    """Letters of one of our kinds and then digits, however many were lost."""
    return text[:2] in _OURS and text[2:].isdecimal()


def may_bind(symbol: HospitalSymbol | None, setting: HospitalWristband, *, is_typed: bool) -> HospitalSymbol:
    """The symbol that may be bound. Raises Refused `hospital_band.off`, `.typed`, `.unreadable`, `.no_gsrn`."""
    if setting is HospitalWristband.NONE:
        raise Refused(
            "hospital_band.off",
            "This study counts only its own wristband. Scan that one; the hospital's is not bound.",
        )
    if is_typed:
        raise Refused("hospital_band.typed", "A wristband is scanned on the arm, never typed. Scan it.")
    if symbol is None:
        raise Refused(
            "hospital_band.unreadable",
            "This is no wristband of a hospital, or it was misread. Scan the wristband on the recipient's arm again.",
        )
    if not symbol.counts_under(setting):
        raise Refused(
            "hospital_band.no_gsrn",
            "This wristband has no GS1 service relation number, and this study takes no other. Use the study's own.",
        )
    return symbol


def two_people(by: str, witness: str | None) -> str:
    """The second person at the recipient. Raises Refused `hospital_band.unknown_witness`, `.same_person`."""
    if witness is None:
        raise Refused(
            "hospital_band.unknown_witness",
            "This is no live badge of somebody whose work this is. Let another nurse scan theirs.",
        )
    if witness == by:
        raise Refused("hospital_band.same_person", "Two people bind a wristband. Let the other one scan their badge.")
    return witness


def is_free(recipient: str, bound_to: str | None) -> None:
    """Raises Refused `hospital_band.of_another`, `.bound_already` where the symbol stands for somebody already."""
    if bound_to is None:
        return
    if bound_to == recipient:
        raise Refused(
            "hospital_band.bound_already", "This wristband is bound to this recipient already. Nothing was changed."
        )
    raise Refused(
        "hospital_band.of_another",
        "This wristband is bound to another recipient. Stop, ask for name and date of birth, and call the physician.",
    )


def no_band() -> Refused:
    """Where there is nothing to release."""
    return Refused("hospital_band.none", "No wristband of the hospital is bound here. Nothing was changed.")
