"""What each ISBT 128 structure is called in a sentence, in this house's own words."""

from collections.abc import Mapping

from cellchain.identity.isbt import structures
from cellchain.identity.isbt.base import Structure
from cellchain.identity.isbt.messages import Message
from cellchain.kernel.text import T

_NAMES: Mapping[type[Structure], T] = {
    structures.DonationNumber: T("donation number"),
    structures.BloodGroup: T("blood group"),
    structures.ProductCode: T("product code"),
    structures.ExpiryDay: T("day of expiry"),
    structures.ExpiryMoment: T("time of expiry"),
    structures.CollectionDay: T("day of collection"),
    structures.CollectionMoment: T("time of collection"),
    structures.ProductionDay: T("day of production"),
    structures.ProductionMoment: T("time of production"),
    structures.ContainerLot: T("lot number of a container"),
    structures.DonorNumber: T("donor number"),
    structures.StaffNumber: T("staff number"),
    structures.RecipientBirthDay: T("date of birth"),
    structures.RecipientNumber: T("hospital number of a recipient"),
    structures.InfectionMarkers: T("row of infection markers"),
    structures.Consignment: T("consignment number"),
    structures.FlexibleMoment: T("date and time"),
    structures.ProductDivision: T("product division"),
    structures.ProcessingFacility: T("processing facility"),
    structures.ProductLot: T("product lot"),
    structures.SupplementalNumber: T("supplemental number"),
    structures.SingleEuropeanCode: T("Single European Code"),
    structures.RegistryDonorNumber: T("donor number of a registry"),
    structures.ChainOfIdentityNumber: T("chain-of-identity number"),
    structures.National: T("nationally defined structure"),
}
SEVERAL = T("message of several parts")


def name_of(message: Message) -> T:
    """What a message is: its one structure by name."""
    first, *rest = message.structures
    return SEVERAL if rest else _NAMES[type(first)]
