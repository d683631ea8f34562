"""The arrows from text to labels, one module each."""
