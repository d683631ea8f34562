"""Labelled texts: GoEmotions and a user's own data, checked on reading."""
