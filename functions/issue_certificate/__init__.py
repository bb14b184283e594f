"""Our authority over agents: one certificate for one agent. It can do nothing else."""
