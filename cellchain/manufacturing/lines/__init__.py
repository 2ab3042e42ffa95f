"""A line in gloves: cleared, looked at by another person, and a batch opened on it; and what is left over given up."""
