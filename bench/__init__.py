"""How fast the house is, beside echo bots on the same machine in the same run: ratios, not times."""
