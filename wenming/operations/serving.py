"""`python -m wenming.operations.serving`: web and worker of one city under the supervisor.

The command `serve` becomes this process after its checks. Django is not loaded here: what watches over the others
should be small, and should not hold the database open.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from wenming.city_folder import CityFolder, city_folder
from wenming.operations.occupancy import AlreadyServed, occupy
from wenming.operations.supervisor import Program, Supervisor

# Requests wait for the database more than for the processor, and a writer waits in line: two threads keep a core busy.
THREADS_PER_PROCESS = 2
PORTS = range(8000, 8021)
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop. The caller has checked the city and chosen a free port."""
    parser = argparse.ArgumentParser(prog="wenming.operations.serving")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    options = parser.parse_args(arguments)
    city = city_folder().make()
    scheme = "https" if options.certificate else "http"
    try:
        presence = occupy(city, f"{scheme}://{_shown(options.host)}:{options.port}/")
    except AlreadyServed as other:
        say_already_served(str(other))
        return 1
    with presence:
        supervisor = Supervisor(programs(options), city.logs)
        code = supervisor.run(every_turn=_tell_when_open(scheme, options.host, options.port, city))
    print("已停止 · Stopped", flush=True)
    return code


def programs(options: argparse.Namespace) -> list[Program]:
    """The web server and the worker, as command lines."""
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "wenming.wsgi:application"]
    web += ["--host", options.host, "--port", str(options.port), "--workers", str(options.workers)]
    web += ["--blocking-threads", str(THREADS_PER_PROCESS), "--no-ws", "--respawn-failed-workers"]
    web += ["--respawn-interval", "0.5", "--workers-kill-timeout", "5"]
    if options.certificate:
        web += ["--ssl-certificate", str(options.certificate), "--ssl-keyfile", str(options.key)]
        web += ["--ssl-protocol-min", "tls1.2"]  # desktops in government offices
    return [Program("web", web), Program("worker", [sys.executable, "-m", "wenming", "work"])]


def cores() -> int:
    """How many processors this process may use; a container's limit counts, not the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_port(host: str, wanted: int | None) -> int | None:
    """`wanted` when it is free, or without a wish the first free one from 8000 on; None when there is none."""
    for port in [wanted] if wanted else PORTS:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return None


def host_names(host: str) -> list[str]:
    """The names under which browsers may ask for this city when no others are configured (Django's ALLOWED_HOSTS)."""
    if host in {"127.0.0.1", "localhost", "::1"}:
        return list(LOOPBACK)
    own = socket.gethostname()
    return list(dict.fromkeys([*LOOPBACK, own, own.lower(), *machine_addresses(), *([] if _is_any(host) else [host])]))


def machine_addresses() -> list[str]:
    """This machine's own IPv4 addresses, without asking anybody."""
    found: set[str] = set()
    with contextlib.suppress(OSError):  # a machine that cannot resolve its own name still has addresses
        found.update(str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET))
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("10.255.255.255", 9))  # UDP: chooses a route, sends nothing
        found.add(probe.getsockname()[0])
    return sorted(found - {"127.0.0.1", "127.0.1.1", "0.0.0.0"})  # noqa: S104


def say_already_served(address: str) -> None:
    print(f"这个城市已经在运行：{address}\nThis city is already being served at {address}", flush=True)


def _tell_when_open(scheme: str, host: str, port: int, city: CityFolder) -> Callable[[], None]:
    """A check for each turn of the supervisor that announces the address once, when the first page answers."""
    told = False
    began = time.monotonic()

    def check() -> None:
        nonlocal told
        if not told and time.monotonic() - began > 0.5 and _answers(scheme, host, port):
            told = True
            _announce(scheme, host, port, city)

    return check


def _announce(scheme: str, host: str, port: int, city: CityFolder) -> None:
    names = ["127.0.0.1", *machine_addresses()] if _is_any(host) else [_shown(host)]
    print("\n文明创建已启动，请用浏览器打开 · Wenming is running, open in a browser:\n", flush=True)
    for name in names:
        print(f"    {scheme}://{name}:{port}/")
    print(
        f"\n数据文件夹 · data folder: {city.root}\n日志 · logs: {city.logs}\n按 Ctrl-C 停止 · Ctrl-C stops\n",
        flush=True,
    )


def _answers(scheme: str, host: str, port: int) -> bool:
    target = "127.0.0.1" if _is_any(host) else host
    connection = (
        # Our own certificate on our own machine: this asks whether somebody answers, not who.
        http.client.HTTPSConnection(target, port, timeout=2, context=ssl._create_unverified_context())  # noqa: S323
        if scheme == "https"
        else http.client.HTTPConnection(target, port, timeout=2)
    )
    try:
        connection.request("GET", "/healthz", headers={"Host": f"127.0.0.1:{port}"})
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_any(host: str) -> bool:
    return host in {"0.0.0.0", "::"}  # noqa: S104


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    raise SystemExit(main())
