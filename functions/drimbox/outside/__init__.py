"""Manifests that come as a file while the DMP is away: how they are read, proved and kept."""
