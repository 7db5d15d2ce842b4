"""The life of equipment: what may happen to an item, in which order, and what follows from it."""
