"""The register of components (部件): what stands in the street, whose it is, and how that changed."""
