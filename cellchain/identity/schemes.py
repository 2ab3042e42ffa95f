"""Which code systems are read beside the native one. A caller that knows the installation hands this to `scan.read`."""

from cellchain.identity.gs1 import Reader
from cellchain.identity.isbt import OFF, Scheme
from cellchain.kernel.values import dataclass


@dataclass(frozen=True, slots=True)
class Schemes:
    """`isbt` is off unless licensed. `gs1` is the reader of a place that takes supplier's symbols, None elsewhere."""

    isbt: Scheme = OFF
    gs1: Reader | None = None


NATIVE = Schemes()
