"""OGC API – Features (Part 1: Core), read only: QGIS, GDAL and any other map opens our public layers as they are."""
