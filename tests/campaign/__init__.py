"""The fault campaign: every external call fails in every way, and the invariants are looked at."""
