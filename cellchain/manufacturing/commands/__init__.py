"""The verbs of manufacturing, by topic; importing this package registers all of them."""

from cellchain.manufacturing.commands.bags import freeze, prepare_control, suspend, thaw
from cellchain.manufacturing.commands.batch import (
    clear_line,
    close_batch,
    complete_batch,
    discard_batch,
    open_batch,
    verify_clearance,
)
from cellchain.manufacturing.commands.containers import (
    discard,
    draw_sample,
    mark_discarded,
    mark_spent,
    use_up_vial,
    waste,
)
from cellchain.manufacturing.commands.culture import (
    change_medium,
    harvest,
    passage,
    pool,
    receive_donation,
    reject_donation,
    seed,
    separate,
    take_in_harvest_bag,
)
from cellchain.manufacturing.commands.environment import record_environment
from cellchain.manufacturing.commands.master_records import (
    approve_master_record,
    draft_master_record,
    make_master_record_effective,
    retire_master_record,
    review_master_record,
)
from cellchain.manufacturing.commands.notes import attach_file, comment_step
from cellchain.manufacturing.commands.records import close_record, open_record
from cellchain.manufacturing.commands.samples import draw_planned, leave_out_sample
from cellchain.manufacturing.commands.split import split
from cellchain.manufacturing.commands.steps import (
    complete_step,
    correct_value,
    record_value,
    start_step,
    use_equipment,
    use_material,
    verify_step,
)
from cellchain.manufacturing.commands.training import record_training
from cellchain.manufacturing.commands.undo import Undo, undo

__all__ = [
    "Undo",
    "approve_master_record",
    "attach_file",
    "change_medium",
    "clear_line",
    "close_batch",
    "close_record",
    "comment_step",
    "complete_batch",
    "complete_step",
    "correct_value",
    "discard",
    "discard_batch",
    "draft_master_record",
    "draw_planned",
    "draw_sample",
    "freeze",
    "harvest",
    "leave_out_sample",
    "make_master_record_effective",
    "mark_discarded",
    "mark_spent",
    "open_batch",
    "open_record",
    "passage",
    "pool",
    "prepare_control",
    "receive_donation",
    "record_environment",
    "record_training",
    "record_value",
    "reject_donation",
    "retire_master_record",
    "review_master_record",
    "seed",
    "separate",
    "split",
    "start_step",
    "suspend",
    "take_in_harvest_bag",
    "thaw",
    "undo",
    "use_equipment",
    "use_material",
    "use_up_vial",
    "verify_clearance",
    "verify_step",
    "waste",
]
