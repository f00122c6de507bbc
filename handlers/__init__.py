"""Conversations: one file is one talk, read downwards."""
