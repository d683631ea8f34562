"""What probabilities mean: documents, explanations, moderation and conversations."""
