"""Coverage-guided fuzzing of every parser of outside input: ``make fuzz``."""
