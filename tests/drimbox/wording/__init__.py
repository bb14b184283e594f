"""Words in both languages: complete, and nowhere else."""
