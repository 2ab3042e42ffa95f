"""How the bank keeps: its stability plan, the time point that was tested, and the one that is due at the end."""

from cellchain.demo import quality
from cellchain.demo.lab import countersign, label_all
from cellchain.demo.stage import Stage
from cellchain.quality import commands as decisions
from cellchain.quality.stability import commands as stability

# The plan of the demonstration's site: every eight months for two years, then every year.
PLAN = """
name = "MSC bank"
kind = "bank"

[programme]
months = [8, 16, 24, 36, 48, 60]
window_days = 45
vials_count = 1
condition = "vapour"

[[stability]]
test = "viability_after_thaw"
group = "dose"
kind = "at_least"
unit = "%"
low = 70
method = "dye exclusion, one vial thawed"
source = "as for further use"

[[stability]]
test = "recovery_after_thaw"
group = "dose"
kind = "at_least"
unit = "%"
low = 50
method = "viable cells counted after thaw, of those frozen"
source = "site default"

[[stability]]
test = "sterility_14d"
group = "safety"
kind = "one_of"
passing = ["no growth"]
failing = ["growth"]
months = [24, 48]
due_days = 14
method = "14-day culture"
source = "as for further use"
"""
FIRST = 8
READ = (("viability_after_thaw", "89.4"), ("recovery_after_thaw", "86"))


def place(stage: Stage, lot: str) -> None:
    """The plan becomes effective by two signatures, and the bank is placed under it."""
    drafted = stage.do("analyst1", decisions.draft_specification, kind="bank", stage="stability", source=PLAN)
    stage.do("qa1", decisions.approve_specification, specification=drafted["specification"])
    countersign(stage, "qa2")
    stage.do("qa1", stability.place_on_stability, lot=lot)


def read_first_point(stage: Stage, lot: str, vial: str) -> None:
    """A vial is pulled for the first time point, labelled anew as a sample, and tested."""
    pulled = stage.do("technician1", stability.pull_vial, lot=lot, month=FIRST, vial=vial)
    label_all(stage, [pulled["sample"]], "sample")
    stage.wait(hours=2)
    for test, value in READ:
        quality.enter(stage, pulled["sample"], "stability", test, value)
