"""Study, recipients, the sealed allocation list, infusion plan, and which bag is for whom."""
