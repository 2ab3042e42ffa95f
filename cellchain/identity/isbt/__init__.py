"""ISBT 128, a licensed scheme, off unless an administrator has stated the facility's registration.

ISBT 128 Standard Technical Specification (ICCBBA ST-001), sections 2.4 and 2.5, by way of facts about lengths and
identifiers. No table and no text of ICCBBA is here: blood groups, product descriptions, facilities, message contents
and test results stay the codes that they are. Whoever reads, stores or prints these structures needs a registration
with ICCBBA, the maker of the software included.

- `faults`: why a text is refused, with a stable code and a sentence.
- `checks`: the check character K and the type 3 flag.
- `structures`: the data structures as typed, frozen values.
- `scheme`: whether the scheme is on here, and whose numbers are accepted.
- `messages`: what one scan says, whole or not at all.
"""

from cellchain.identity.isbt.checks import check_character, flag
from cellchain.identity.isbt.faults import NotIsbt, Reason
from cellchain.identity.isbt.messages import Field, Message, Product, read, symbol
from cellchain.identity.isbt.scheme import OFF, Scheme
from cellchain.identity.isbt.structures import Structure, parse, write

__all__ = [
    "OFF",
    "Field",
    "Message",
    "NotIsbt",
    "Product",
    "Reason",
    "Scheme",
    "Structure",
    "check_character",
    "flag",
    "parse",
    "read",
    "symbol",
    "write",
]
