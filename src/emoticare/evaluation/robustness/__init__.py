"""Whether a model keeps its answer where it should, and changes it where it should."""
