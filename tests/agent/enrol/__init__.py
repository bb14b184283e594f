"""Tests of agent.enrol."""
