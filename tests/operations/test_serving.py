"""A city as it is really served: it comes back from every kill, and leaves nothing running when it stops."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.operations.test_supervisor import is_running, until
from tests.running_city import City
from wenming.city_folder import CityFolder
from wenming.operations.occupancy import occupy
from wenming.operations.serving import PORTS, free_port, host_names


@pytest.fixture
def served(fresh_city_folder: City) -> City:
    fresh_city_folder.start_supervisor("--workers", "2")
    return fresh_city_folder


def children_of(pid: int) -> list[int]:
    """Direct children, by /proc."""
    return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family_of(pid: int) -> list[int]:
    return [member for child in children_of(pid) for member in (child, *family_of(child))]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def web_of(city: City) -> int | None:
    """The web server's main process; None while it is down."""
    return next((pid for pid in children_of(city.supervisor.pid) if "granian" in command_of(pid)), None)


def test_web_comes_back_on_the_same_port_when_the_server_is_killed(served):
    victim = web_of(served)

    os.kill(victim, signal.SIGKILL)

    until(lambda: web_of(served) not in {None, victim})
    served.wait_until_it_answers()


def test_web_goes_on_when_one_of_its_processes_is_killed(served):
    web = web_of(served)
    victim = family_of(web)[0]

    os.kill(victim, signal.SIGKILL)

    until(lambda: len(family_of(web)) == 2 and victim not in family_of(web))
    served.wait_until_it_answers()
    assert web_of(served) == web


def test_nothing_runs_on_when_the_supervisor_is_killed(served):
    family = family_of(served.supervisor.pid)
    assert len(family) == 4, "web with two processes, and the worker"

    served.supervisor.kill()

    until(lambda: not any(map(is_running, family)), seconds=20)


def test_ctrl_c_stops_everything_and_frees_the_port(served):
    family = family_of(served.supervisor.pid)

    served.supervisor.send_signal(signal.SIGINT)

    assert served.supervisor.wait(20) == 0
    assert not any(map(is_running, family))
    assert free_port("127.0.0.1", served.port) == served.port


def test_a_second_start_of_the_same_city_says_where_it_runs(served):
    answer = served.manage("serve", check=False)

    assert answer.returncode == 1
    assert f"这个城市已经在运行：{served.url}/" in answer.stderr


def test_the_tables_are_not_changed_under_an_earlier_version_that_still_serves(fresh_city_folder):
    recorder = "from django.db.migrations.recorder import MigrationRecorder as R; "
    fresh_city_folder.manage("shell", "-v", "0", "-c", recorder + "R.Migration.objects.latest('id').delete()")
    count = recorder + "print('APPLIED', R.Migration.objects.count())"
    before = fresh_city_folder.manage("shell", "-v", "0", "-c", count).stdout

    with occupy(CityFolder(fresh_city_folder.folder), "http://127.0.0.1:8000/"):
        answer = fresh_city_folder.manage("prepare", "--no-demo", check=False)

    assert answer.returncode == 1 and "较早的版本运行：http://127.0.0.1:8000/" in answer.stderr
    assert fresh_city_folder.manage("shell", "-v", "0", "-c", count).stdout == before


def test_a_busy_port_is_a_sentence_and_not_a_traceback(fresh_city_folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        answer = fresh_city_folder.manage("serve", "--port", str(port), check=False)

    assert answer.returncode == 1
    assert f"端口 {port} 已被其他程序占用" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_a_wish_the_next_free_port_is_taken():
    first = free_port("127.0.0.1", None)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()

        assert free_port("127.0.0.1", None) in set(PORTS) - {first}


def test_names_other_than_this_machines_are_not_answered_to_by_default():
    assert host_names("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]


def test_a_city_that_is_ready_is_prepared_again_in_seconds(fresh_city_folder):
    began = time.monotonic()

    fresh_city_folder.manage("prepare", "--no-demo")

    assert time.monotonic() - began < 10


def test_https_answers_to_whoever_trusts_our_authority(fresh_city_folder):
    fresh_city_folder.manage("tls")

    fresh_city_folder.start_supervisor("--https", "--workers", "1")

    assert fresh_city_folder.url.startswith("https:")
    assert fresh_city_folder.answers()
