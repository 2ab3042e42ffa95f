"""Texts of every ISBT 128 structure that is read here, for the tests of the scheme."""

from datetime import date, datetime

from hypothesis import strategies as st

from cellchain.identity.isbt import structures as s
from cellchain.identity.isbt.base import Structure
from cellchain.identity.isbt.checks import flag

DIGITS = "0123456789"
UPPER = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ANY = UPPER + "abcdefghijklmnopqrstuvwxyz"

MANY = "=+05000=Z54991712345600=%T300=<T0416003&>0183652359&,4PL001499Z549917123456A00T041600320181231"


clock = datetime.fromisoformat


def of(alphabet: str, size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=size, max_size=size)


fins = st.builds(str.__add__, st.sampled_from("ABCDEFGHIJKLMNPQRSTUVWXYZ123456789"), of(UPPER, 4))
days = st.dates(date(1900, 1, 1), date(2899, 12, 31))
moments = st.datetimes(clock("1900-01-01"), clock("2899-12-31 23:59")).map(
    lambda at: at.replace(second=0, microsecond=0)
)
divisions = st.one_of(of(DIGITS, 2), st.builds(str.__add__, of("ABCXYZ", 1), of("abcxyz0", 1)))
plain_donations = st.builds(
    s.DonationNumber, fins, of(DIGITS, 2), of(DIGITS, 6), st.integers(0, 59).map("{:02d}".format)
)
checked_donations = plain_donations.map(
    lambda one: s.DonationNumber(one.facility, one.year, one.sequence, flag(one.din))
)
consignments = st.integers(1, 99).flatmap(
    lambda last: st.builds(
        s.Consignment,
        fins,
        of(DIGITS, 2),
        of(DIGITS, 5),
        st.integers(1, last).map("{:02d}".format),
        st.just(f"{last:02d}"),
    )
)

made: dict[type[Structure], st.SearchStrategy[Structure]] = {
    s.DonationNumber: st.one_of(plain_donations, checked_donations),
    s.BloodGroup: st.builds(s.BloodGroup, st.builds(str.__add__, of(UPPER, 1), of(ANY, 1)), of(UPPER, 1), of(UPPER, 1)),
    s.ProductCode: st.builds(
        s.ProductCode, st.builds(str.__add__, of("ADHSTY", 1), of(UPPER, 4)), of(ANY, 1), divisions
    ),
    **{kind: st.builds(kind, days) for kind in (s.ExpiryDay, s.CollectionDay, s.ProductionDay)},
    **{kind: st.builds(kind, moments) for kind in (s.ExpiryMoment, s.CollectionMoment, s.ProductionMoment)},
    s.ContainerLot: st.text(ANY, min_size=1, max_size=10).map(s.ContainerLot.of),
    s.DonorNumber: st.builds(s.DonorNumber, fins, of(UPPER, 16)),
    s.StaffNumber: st.builds(s.StaffNumber, fins, of(UPPER, 6)),
    s.CompoundHeader: st.builds(s.CompoundHeader, of(DIGITS, 2), of(DIGITS, 3)),
    s.RecipientBirthDay: st.builds(s.RecipientBirthDay, of(UPPER, 2), st.dates()),
    s.RecipientNumber: st.builds(s.RecipientNumber.of, of(UPPER, 2), st.text(ANY, min_size=1, max_size=99)),
    s.InfectionMarkers: st.builds(s.InfectionMarkers, of(DIGITS, 10)),
    s.Consignment: consignments,
    s.FlexibleMoment: st.builds(s.FlexibleMoment, of(UPPER, 1), of(UPPER, 1), of(UPPER, 2), moments),
    s.ProductDivision: st.builds(s.ProductDivision, of(ANY, 6)),
    s.ProcessingFacility: st.builds(s.ProcessingFacility, fins, of(UPPER, 6)),
    s.ProductLot: st.builds(s.ProductLot, of(ANY, 18)),
    s.SupplementalNumber: st.builds(s.SupplementalNumber, of(ANY, 18)),
    s.SingleEuropeanCode: st.builds(
        s.SingleEuropeanCode,
        of("ABYZ", 2),
        of(UPPER, 6),
        st.builds(str.__add__, fins, of(DIGITS, 8)),
        st.sampled_from("ABE"),
        of(UPPER, 7),
        of(ANY, 3),
        st.dates(),
    ),
    s.RegistryDonorNumber: st.builds(s.RegistryDonorNumber.of, of(DIGITS, 4), of(UPPER, 13)),
    s.ChainOfIdentityNumber: st.builds(s.ChainOfIdentityNumber, fins, of(DIGITS, 2), of(UPPER, 6)),
}
# A header alone is no message and says nothing by itself.
values = st.one_of([one for kind, one in made.items() if kind is not s.CompoundHeader])
