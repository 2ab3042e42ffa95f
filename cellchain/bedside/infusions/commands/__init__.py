"""The verbs of an infusion."""

from cellchain.bedside.infusions.commands.endings import dispose_bag as dispose_bag
from cellchain.bedside.infusions.commands.endings import state_volume as state_volume
from cellchain.bedside.infusions.commands.endings import stop_infusion as stop_infusion
from cellchain.bedside.infusions.commands.flow import NoteExpired as NoteExpired
from cellchain.bedside.infusions.commands.flow import decide_running as decide_running
from cellchain.bedside.infusions.commands.flow import note_expired as note_expired
from cellchain.bedside.infusions.commands.flow import pause as pause
from cellchain.bedside.infusions.commands.flow import resume as resume
from cellchain.bedside.infusions.commands.flow import set_rate as set_rate
from cellchain.bedside.infusions.commands.flow import take_over_infusion as take_over_infusion
from cellchain.bedside.infusions.commands.seen import record_observation as record_observation
from cellchain.bedside.infusions.commands.seen import report_reaction as report_reaction
from cellchain.bedside.infusions.commands.start import StartInfusion as StartInfusion
from cellchain.bedside.infusions.commands.start import start_infusion as start_infusion
from cellchain.bedside.infusions.commands.unused import return_unused as return_unused
