"""Outlines: repaired, and none twice."""
