"""Near misses: every STOP at the bedside with its cause, counted, beside what was bypassed and what waits."""
