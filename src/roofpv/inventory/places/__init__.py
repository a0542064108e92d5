"""Coordinates in whatever system -> longitude and latitude in WGS84."""
