"""Who computes logits: each module here is one way to run the model's graph."""
