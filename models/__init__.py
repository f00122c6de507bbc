"""What is stored and what the rules are; speaks no LINE."""
