"""The routes, one module for each shape that clients speak."""
