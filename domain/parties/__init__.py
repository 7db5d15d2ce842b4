"""The parties: organisations that take part in the life of equipment, and their members."""
