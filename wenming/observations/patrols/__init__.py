"""Patrols (重点巡查): plans by focus and area, each due patrol a duty, and what was seen and found at its points."""
