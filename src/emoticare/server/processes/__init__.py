"""Several processes that serve together: what starts them, and what they share."""
