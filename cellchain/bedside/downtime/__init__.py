"""When the system is away: the ward works on paper, and what it did is entered afterwards by two people."""
