"""Talks of the association's staff, one file a talk; for members none of them exists."""
