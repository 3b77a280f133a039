"""Grids beyond their shapes: which of the three kinds answers at a point, who serves them, drafts, files, proposals."""
