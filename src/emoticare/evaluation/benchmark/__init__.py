"""How fast: EmotiCare beside the ways to score emotions that a user has without it."""
