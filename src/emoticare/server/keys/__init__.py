"""Keys: who may use the server, how much of it, and how often a wrong key may be tried."""
