"""Readers: a file of one format -> its table as it stands."""
