"""Classes of a building: use, ownership, roof type, exemption."""
