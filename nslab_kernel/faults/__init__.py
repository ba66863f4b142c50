"""Real faults to find and to mend."""
