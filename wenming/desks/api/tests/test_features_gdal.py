"""The layers as GDAL reads them, and with it QGIS: every collection by name, page after page, by box, with Chinese names."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import shapely
from django.core.wsgi import get_wsgi_application

from wenming.responsibilities.tests.test_frontage_races import db  # noqa: F401 - rows that another thread sees
from wenming.territory.tests.conftest import areas, cells, layer, middle_of, square  # noqa: F401 - the city of four squares

pyogrio = pytest.importorskip("pyogrio", reason="pyogrio not installed")
if "OAPIF" not in pyogrio.list_drivers():
    pytest.skip("GDAL's OAPIF driver is not installed", allow_module_level=True)


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def served(small_city: SimpleNamespace, layer: object, settings: Any) -> Iterator[str]:  # noqa: F811
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Threads, Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"OAPIF:http://127.0.0.1:{server.server_port}/api/features"
    server.shutdown()
    thread.join()
    server.server_close()


# In a process of its own, as QGIS is one: in ours GDAL would keep the interpreter from answering it.
READER = """
import json, sys
import pyogrio
from pyogrio.raw import read
source, layer, more = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
more = {name: tuple(value) if name == "bbox" else value for name, value in more.items()}
if not layer:
    print(json.dumps(pyogrio.list_layers(source)[:, 0].tolist()))
else:
    meta, _keys, shapes, fields = read(source, layer=layer, **more)
    told = {str(name): [str(value) for value in column] for name, column in zip(meta["fields"], fields)}
    print(json.dumps({"shapes": [shape.hex() for shape in shapes], "fields": told}))
"""


def gdal(source: str, layer_name: str = "", **more: object) -> Any:
    command = [sys.executable, "-c", READER, source, layer_name, json.dumps(more)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout)


def test_gdal_lists_the_public_collections_and_no_other(served: str) -> None:
    assert set(gdal(served)) == {"grids", "strips", "units", "communities", "towns", "places", "streets", "cases"}


def test_gdal_reads_all_pages_and_a_box(served: str) -> None:
    whole = gdal(served, "grids", PAGE_SIZE="3")
    assert sorted(whole["fields"]["code"]) == ["442000001001001", "442000001002001", "442000002001001", "442000002002001"]
    assert set(whole["fields"]["community"]) == {"西坊社区", "西桥社区", "东坊社区", "东桥社区"}
    ground = shapely.union_all([shapely.from_wkb(shape) for shape in whole["shapes"]])
    assert ground.equals(square(0, 0, 2, 2)), "as it is, longitude first"
    lon, lat = middle_of(1, 1)
    assert gdal(served, "grids", bbox=[lon, lat, lon + 1e-4, lat + 1e-4])["fields"]["code"] == ["442000002002001"]


def test_gdal_reads_what_is_empty(served: str) -> None:
    assert gdal(served, "strips")["shapes"] == []
