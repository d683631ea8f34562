"""Fine-tuning a model and making an artifact of it; everything here may import torch."""
