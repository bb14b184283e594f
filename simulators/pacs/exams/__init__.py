"""The images of a history's exams: phantoms of the right shape, class and geometry, from a seed."""
