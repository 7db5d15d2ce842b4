"""The page on which people read the document of the interface and try it: all its own, nothing from elsewhere."""
