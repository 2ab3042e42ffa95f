"""What leads to an infusion: its steps counted backwards, where they clash, and what moving or cancelling costs."""
