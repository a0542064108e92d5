"""What the columns of a file mean."""
