"""Markdown text with front matter -> Piece, Issue, LearningPath, Page. Pure: bytes in, values and problems out."""
