"""Figures of a model on labelled texts: metrics, intervals, plots, comparisons."""
