"""What is fitted on dev after training: calibration and decision thresholds. Needs no torch."""
