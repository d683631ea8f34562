"""The charts of a report, as Vega-Lite, each with its table."""
