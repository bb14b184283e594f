"""The steps on a virtual clock, with every external call failing in turn."""
