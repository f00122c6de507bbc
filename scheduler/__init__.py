"""What runs by itself, and who is told what today."""
