"""``make run``: its layout, its processes, its words."""
