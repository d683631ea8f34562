"""The network: weights to ONNX graphs, in float32 and in 8 bits, and back."""
