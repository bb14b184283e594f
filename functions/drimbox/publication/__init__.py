"""A study's life in the DMP: its record, and the steps of each change, over small ports."""
