"""A model's folder, and the model in the package."""
