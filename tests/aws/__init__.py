"""``functions.aws`` against moto."""
