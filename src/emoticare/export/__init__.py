"""From weights to files that other runtimes read, and back; needs no torch."""
