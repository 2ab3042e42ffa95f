"""What guards a life, tried one by one: each trespass brings about that one rule alone stands in the way, and tries.

Beside the act that it goes before, a trespass is a few calls; `yield` gives it what came of each. What can be put right
again is put right, so that the story goes on. `spoils` marks those that cost the story a bag, a lot or somebody's place
in the study.
"""

from cellchain.simulate.trespasses.bedside import BEDSIDE
from cellchain.simulate.trespasses.common import Trespass
from cellchain.simulate.trespasses.laboratory import LABORATORY
from cellchain.simulate.trespasses.office import OFFICE
from cellchain.simulate.trespasses.running import RUNNING

TRESPASSES: dict[str, Trespass] = {one.name: one for one in (*BEDSIDE, *RUNNING, *LABORATORY, *OFFICE)}

__all__ = ["TRESPASSES", "Trespass"]
