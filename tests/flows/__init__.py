"""Journeys through the whole local stack, over HTTP, with real Orthanc."""
