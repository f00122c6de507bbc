"""Pictures the chat shows and sheets that are printed: pure functions, values in, bytes out."""
