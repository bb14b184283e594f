"""Manifests, judged by dciodvfy and dsrdump."""
