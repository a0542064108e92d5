"""A register without geometry and a layer of footprints -> one table."""
