"""The server: emotions over HTTP, a page for people, and what production needs around them."""
