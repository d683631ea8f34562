"""What every request passes on its way in: pure ASGI, so that bodies and clients stay in view."""
