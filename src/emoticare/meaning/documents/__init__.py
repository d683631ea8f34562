"""Long texts: sentences with their places and emotions, and the emotions of the whole.

clf.read(text).sentences[0].labels
"""

from emoticare.meaning.documents.reading import Document, DocumentReader, Sentence

__all__ = ["Document", "DocumentReader", "Sentence"]
