#!/usr/bin/env python3
"""The one door to a city: `python3 run.py` starts it, `run.py test` proves it, `run.py help` lists the rest.

Standard library only. It makes `.venv`, installs the hashed lock files with pip (the site's own pip configuration is
obeyed) and hands over to `python -m wenming`; what a verb does is decided there.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.abspath(__file__))
OLDEST_PYTHON = (3, 11)
HELP = """\
python3 run.py [--data DIR] [--port N] [--host H] [--https] [--seed N] [--size normal|large] [--no-demo]
    准备环境、升级数据库、给空文件夹装入演示城市并启动网页与后台任务；按 Ctrl-C 停止
    set up, fill an empty folder with the demo city, start web and worker; Ctrl-C stops
python3 run.py test [pytest arguments]        全部检查和测试（带参数时只运行 pytest） · all checks and tests
python3 run.py accounts                       演示账号 · demo accounts
python3 run.py demo --reset                   重新生成演示城市 · make the demo city anew
python3 run.py import hotline FILE …          导入热线工单 · import hotline cases
python3 run.py verify                         核验日志链和文件 · verify the journal and the stored files
python3 run.py backup TARGET [--with-keys]    备份并自检 · back up and check the copy
python3 run.py restore SOURCE --data DIR      恢复到空文件夹 · restore into an empty folder
python3 run.py tls [NAME …]                   生成内网 HTTPS 证书 · make certificates for HTTPS on an intranet
python3 run.py wheelhouse [DIR]               制作离线安装包 · make a bundle for machines without network
python3 run.py bench …                        性能基准 · benchmarks
python3 run.py manage …                       其他管理命令 · any other management command
"""


def main(arguments: list[str]) -> int:
    """Choose the verb; `--data DIR` may stand anywhere and chooses the city's folder."""
    if os.name == "nt":
        stop("请在 Linux、macOS 或 WSL 中运行。", "Windows is served through WSL.")
    os.environ["WENMING_CITY"] = os.path.abspath(
        _take_option(arguments, "--data") or os.environ.get("WENMING_CITY") or os.path.join(ROOT, "city")
    )
    verb = arguments.pop(0) if arguments and not arguments[0].startswith("-") else "start"
    if verb == "help" or (verb == "start" and {"-h", "--help"} & set(arguments)):
        print(HELP)
        return 0
    if verb not in VERBS:
        stop(f"没有“{verb}”这个命令。可用的命令：\n\n{HELP}", f"There is no verb “{verb}”; see above.")
    _use_a_recent_python()
    return VERBS[verb](arguments)


# --- what is said to people ------------------------------------------------------------------------------------------


def say(chinese: str, english: str = "") -> None:
    print(f"{chinese} · {english}" if english else chinese, flush=True)


def stop(chinese: str, english: str) -> None:
    """Say what is missing and what to do about it, and end."""
    print(f"\n{chinese}\n{english}", file=sys.stderr, flush=True)
    raise SystemExit(1)


@contextlib.contextmanager
def progress(chinese: str, english: str):
    """A line that shows a long step is alive: counting seconds on a terminal, a line every 20 s in a log."""
    began, done = time.monotonic(), threading.Event()
    live = sys.stdout.isatty()
    say(f"▸ {chinese}", english)

    def tick() -> None:
        while not done.wait(1 if live else 20):
            print(f"\r  … {time.monotonic() - began:.0f} s" if live else f"  … {time.monotonic() - began:.0f} s",
                  end="" if live else "\n", flush=True)  # fmt: skip

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
        print(f"{chr(13) if live else ''}  {time.monotonic() - began:.1f} s", flush=True)


def quietly(command: list[str], chinese: str, english: str) -> None:
    """Run a long step without its chatter; when it fails, show the end of what it said and stop."""
    with tempfile.TemporaryFile() as output:
        with progress(chinese, english):
            code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT).returncode
        if code:
            output.seek(0)
            print(output.read().decode("utf-8", "replace")[-4000:], file=sys.stderr)
            stop(f"这一步没有成功：{chinese}。原因见上面几行。", f"This step failed: {english}. The reason is above.")


# --- the environment -------------------------------------------------------------------------------------------------


def _use_a_recent_python() -> None:
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(14, OLDEST_PYTHON[1] - 1, -1):
        if newer := shutil.which(f"python3.{minor}"):
            os.execv(newer, [newer, os.path.abspath(__file__), *sys.argv[1:]])
    have = ".".join(map(str, sys.version_info[:3]))
    stop(
        f"需要 Python 3.11 或更新版本，这台机器上是 {have}。可以试：sudo apt-get install python3.11 python3.11-venv",
        f"Python 3.11 or newer is needed; this is {have}. Try: sudo apt-get install python3.11 python3.11-venv",
    )


def environment_folder() -> str:
    """`.venv` in the checkout, or in the user's cache where the checkout belongs to somebody else."""
    own = os.environ.get("WENMING_VENV") or os.path.join(ROOT, ".venv")
    if os.access(own if os.path.exists(own) else os.path.dirname(own), os.W_OK) or _is_ready(own, "core"):
        return own
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "wenming", hashlib.sha256(ROOT.encode()).hexdigest()[:12])


def environment(lock: str = "core") -> str:
    """The Python that has everything in requirements/<lock>.txt; installs only what changed since the last time."""
    folder = environment_folder()
    with _one_at_a_time(folder):
        if not os.access(os.path.join(folder, "bin", "python"), os.X_OK) or not _same_python(folder):
            _make_environment(folder)
        for name in ["core", "dev"] if lock == "dev" else ["core"]:
            if not _is_ready(folder, name):
                _install(folder, name)
    return os.path.join(folder, "bin", "python")


def _make_environment(folder: str) -> None:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        stop(
            "缺少 Python 的 venv 模块，请先运行：sudo apt-get install python3-venv",
            "Python's venv module is missing. Run: sudo apt-get install python3-venv",
        )
    shutil.rmtree(folder, ignore_errors=True)
    quietly([sys.executable, "-m", "venv", folder], "创建 Python 环境", "Making the Python environment")
    with open(os.path.join(folder, "made-by"), "w") as file:
        file.write(sys.version)


def _same_python(folder: str) -> bool:
    try:
        with open(os.path.join(folder, "made-by")) as file:
            return file.read() == sys.version
    except FileNotFoundError:
        return False


def _install(folder: str, name: str) -> None:
    command = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--require-hashes"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "-r", _lock_file(name)]
    # An offline bundle beside the checkout is meant to be used alone: no index is asked.
    bundle = os.environ.get("WENMING_WHEELHOUSE") or os.path.join(ROOT, "wheelhouse")
    if os.path.isdir(bundle):
        command += ["--no-index", "--find-links", bundle]
    what = {"core": ("安装运行所需的软件包", "Installing what a city needs"),
            "dev": ("安装测试所需的软件包", "Installing what the tests need")}  # fmt: skip
    quietly(command, *what[name])
    with open(_stamp_file(folder, name), "w") as file:
        file.write(_stamp(name))


def _is_ready(folder: str, name: str) -> bool:
    try:
        with open(_stamp_file(folder, name)) as file:
            return file.read() == _stamp(name)
    except FileNotFoundError:
        return False


def _stamp(name: str) -> str:
    with open(_lock_file(name), "rb") as file:
        return hashlib.sha256(file.read() + sys.version.encode()).hexdigest()


def _lock_file(name: str) -> str:
    return os.path.join(ROOT, "requirements", f"{name}.txt")


def _stamp_file(folder: str, name: str) -> str:
    return os.path.join(folder, f"installed-{name}")


@contextlib.contextmanager
def _one_at_a_time(folder: str):
    """Two run.py at once must not install into one environment: the second waits."""
    import fcntl

    os.makedirs(os.path.dirname(folder), exist_ok=True)
    try:
        lock = open(folder + ".lock", "w")  # noqa: SIM115
    except PermissionError:  # somebody else's environment, which is complete and which we only read
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the city --------------------------------------------------------------------------------------------------------


def start(arguments: list[str]) -> int:
    """Prepare the folder and hand over to the supervisor, which replaces this process."""
    serve_options = []
    for name in ("--port", "--host"):
        if value := _take_option(arguments, name):
            serve_options += [name, value]
    if "--https" in arguments:
        arguments.remove("--https")
        serve_options.append("--https")
    prepare = [environment(), "-m", "wenming", "prepare", *arguments]
    code = subprocess.run(prepare, env=_city_environment()).returncode
    return code or wenming("serve", serve_options)


def wenming(verb: str, arguments: list[str]) -> int:
    """Become `python -m wenming VERB`, in the caller's own folder so that file names mean what they say."""
    python = environment()
    os.execve(python, [python, "-m", "wenming", verb, *arguments], _city_environment())


def manage(arguments: list[str]) -> int:
    return wenming(arguments[0] if arguments else "help", arguments[1:])


def import_into(arguments: list[str]) -> int:
    """`import hotline FILE` is the management command `import_hotline`."""
    if not arguments:
        stop("要导入什么？例如：python3 run.py import hotline 工单.xlsx", "Import what? E.g. import hotline FILE.")
    return wenming(f"import_{arguments[0]}", arguments[1:])


def demo(arguments: list[str]) -> int:
    if "--reset" not in arguments:
        stop("要重新生成演示城市，请运行：python3 run.py demo --reset", "To make the demo city anew: demo --reset")
    arguments.remove("--reset")
    return wenming("prepare", ["--reset", *arguments])


def restore(arguments: list[str]) -> int:
    """Restoring must not touch the target before the backup is proven, so Django is not started on it."""
    python = environment()
    command = [python, "-m", "wenming.operations.backups.restore", *arguments, "--data", os.environ.pop("WENMING_CITY")]
    os.execve(python, command, _city_environment())


def bench(arguments: list[str]) -> int:
    python = environment("dev")
    os.execve(python, [python, "-m", "bench", *arguments], _city_environment())


def _city_environment() -> dict[str, str]:
    """What every process of the city is told; ends here when the city's folder cannot be written."""
    _refuse_a_folder_of_somebody_else(os.environ.get("WENMING_CITY", ""))
    # PYTHONSAFEPATH: a stray file in the caller's folder must not stand in for a module of ours.
    return {**os.environ, "PYTHONPATH": ROOT, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


def _refuse_a_folder_of_somebody_else(city: str) -> None:
    place = city
    while place and not os.path.exists(place):
        place = os.path.dirname(place)
    if place and not os.access(place, os.W_OK):
        stop(
            f"数据文件夹写不进去：{city}。请换一个属于您的文件夹：python3 run.py --data ~/wenming",
            f"The data folder cannot be written: {city}. Choose one of your own with --data.",
        )


def wheelhouse(arguments: list[str]) -> int:
    """Everything pip needs, as files, for this kind of machine and Python. Beside a checkout it is used by itself."""
    dev = "--dev" in arguments
    names = [argument for argument in arguments if argument != "--dev"]
    target = os.path.abspath(names[0]) if names else os.path.join(ROOT, "wheelhouse")
    download = [environment(), "-m", "pip", "download", "--require-hashes", "--only-binary", ":all:"]
    for name in ["core", "dev"] if dev else ["core"]:
        command = [*download, "--progress-bar", "off", "-d", target, "-r", _lock_file(name)]
        quietly(command, f"收集软件包（{name}）", f"Collecting packages ({name})")
    size = sum(os.path.getsize(path) for path in glob.glob(os.path.join(target, "*")))
    say(f"离线安装包在 {target}（{size / 1e6:.0f} MB）。带到目标机器后，放进代码文件夹，名为 wheelhouse。",
        "Carry it to the other machine as the folder wheelhouse inside the checkout.")  # fmt: skip
    return 0


# --- the tests -------------------------------------------------------------------------------------------------------

CHECKS = [
    ("ruff", ["-m", "ruff", "check", "."], "代码规范", "style"),
    ("mypy", ["-m", "mypy", "wenming"], "类型", "types"),
    ("import-linter", ["-c", "from importlinter.cli import lint_imports_command as c; c()"], "层次", "layers"),
    ("deptry", ["-m", "deptry", "wenming"], "依赖", "dependencies"),
    ("djlint", ["-m", "djlint", "wenming", "--lint", "--quiet"], "模板", "templates"),
]
# More than there are cores: a test that kills, serves or looks spends half its time waiting.
WORKERS = str(2 + (os.cpu_count() or 2))


def test(arguments: list[str]) -> int:
    """Everything: the checks, then the suite on SQLite and on PostgreSQL. With arguments: pytest alone, with them."""
    python = environment("dev")
    os.chdir(ROOT)
    os.environ.pop("WENMING_CITY", None)
    if arguments:
        os.execv(python, [python, "-m", "pytest", *arguments])
    missing = _say_what_is_missing(python)
    engines = ["sqlite"] if "PostgreSQL" in missing else ["sqlite", "postgres"]
    with tempfile.TemporaryDirectory(prefix="wenming-checks-") as folder, _databases(python, engines, folder):
        failed = [name for name, command, *words in CHECKS if not _check(python, name, command, words, folder)]
        reports = [_suite(python, engine, folder) for engine in engines]
    failed += [f"pytest ({engine})" for engine, (code, _) in zip(engines, reports, strict=True) if code]
    if os.environ.get("CI") == "true":
        failed += missing
    return _sum_up(failed, missing, [counts for _, counts in reports])


@contextlib.contextmanager
def _databases(python: str, engines: list[str], folder: str):
    """Migrated databases, begun while the code is still being checked; the suites wait for theirs. Taken away at the end."""
    command = [python, "-m", "tests.migrated"]
    begun = [subprocess.Popen(command, env=_of_the_suite(engine, folder)) for engine in engines]
    try:
        yield
    finally:
        for engine, making in zip(engines, begun, strict=True):
            making.wait()
            subprocess.run([*command, "--take-away"], env=_of_the_suite(engine, folder))


def _of_the_suite(engine: str, folder: str) -> dict[str, str]:
    return {**os.environ, "WENMING_TEST_ENGINE": engine, "WENMING_TEST_TEMPLATES": os.path.join(folder, engine)}


def _check(python: str, name: str, command: list[str], words: list[str], folder: str) -> bool:
    """One static check; quiet when it passes. The type checker loads the settings, so it gets a city of its own."""
    with progress(f"{words[0]} {name}", words[1]):
        done = subprocess.run(
            [python, *command], capture_output=True, text=True, env={**os.environ, "WENMING_CITY": f"{folder}/city"}
        )
    if done.returncode:
        print(done.stdout[-12000:], done.stderr[-4000:], sep="\n", flush=True)
    return done.returncode == 0


def _suite(python: str, engine: str, folder: str) -> tuple[int, dict[str, int]]:
    """The whole suite on one engine. A browser sees the same pages on both, so it looks at them once.

    Each worker begins with a part of its own, so that the tests of one file share one city, and then helps the others out.
    """
    say(f"\n▸ 测试（{engine}）", f"the suite on {engine}")
    report = os.path.join(folder, f"{engine}.xml")
    command = [python, "-m", "pytest", "-n", WORKERS, "--dist", "worksteal", "-q", f"--junitxml={report}"]
    command += ["-m", "not browser"] if engine == "postgres" else []
    code = subprocess.run(command, env=_of_the_suite(engine, folder)).returncode
    return code, _counts(report)


def _counts(report: str) -> dict[str, int]:
    try:
        suite = ElementTree.parse(report).getroot().find("testsuite")
    except (FileNotFoundError, ElementTree.ParseError):
        return {"passed": 0, "failed": 1, "skipped": 0}
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped = int(suite.get("skipped", 0))
    return {"passed": int(suite.get("tests", 0)) - failed - skipped, "failed": failed, "skipped": skipped}


def _say_what_is_missing(python: str) -> list[str]:
    """Look for what only some tests need, and give the exact command for what is not here."""
    missing = []
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        missing.append("Chromium")
        say("! 没有 Chromium，浏览器测试将跳过。安装：sudo apt-get install chromium fonts-noto-cjk",
            "No Chromium: browser tests are skipped")  # fmt: skip
    if not shutil.which("strace"):
        missing.append("strace")
        say("! 没有 strace，系统调用故障测试将跳过。安装：sudo apt-get install strace",
            "No strace: system call fault tests are skipped")  # fmt: skip
    if not _postgres_answers(python):
        missing.append("PostgreSQL")
        say("! 连不上 PostgreSQL，只在 SQLite 上测试。安装：sudo apt-get install postgresql，"
            "然后设置 WENMING_TEST_DATABASE_URL=postgres://用户:密码@127.0.0.1:5432/postgres（用户要有 CREATEDB）",
            "PostgreSQL does not answer: the suite runs on SQLite only")  # fmt: skip
    return missing


def _postgres_answers(python: str) -> bool:
    """Also makes the ordinary user that the tests run as: proving something as superuser proves less."""
    return subprocess.run([python, "-m", "tests.postgres"], stdout=subprocess.DEVNULL).returncode == 0


def _sum_up(failed: list[str], missing: list[str], counts: list[dict[str, int]]) -> int:
    print()
    if missing:
        say(f"没有运行的部分，因为缺少：{'、'.join(missing)}", f"Left out for want of: {', '.join(missing)}")
    if failed:
        say(f"没有通过：{'、'.join(failed)}", f"Failed: {', '.join(failed)}")
    else:
        say("全部通过", "All passed")
    total = {name: sum(count[name] for count in counts) for name in ("passed", "failed", "skipped")}
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 1 if failed else 0


# --- the command line ------------------------------------------------------------------------------------------------


def _take_option(arguments: list[str], name: str) -> str:
    """Remove `--name value` or `--name=value` from the arguments and return the value, or ''."""
    for place, argument in enumerate(arguments):
        if argument.startswith(name + "="):
            return arguments.pop(place).split("=", 1)[1]
        if argument == name:
            if place + 1 == len(arguments):
                stop(f"{name} 后面要写一个值。", f"{name} needs a value.")
            arguments.pop(place)
            return arguments.pop(place)
    return ""


VERBS = {
    "start": start,
    "test": test,
    "manage": manage,
    "bench": bench,
    "demo": demo,
    "restore": restore,
    "wheelhouse": wheelhouse,
    "import": import_into,
    "accounts": lambda arguments: wenming("demo_accounts", arguments),
    "verify": lambda arguments: wenming("verify", arguments),
    "backup": lambda arguments: wenming("backup", arguments),
    "tls": lambda arguments: wenming("tls", arguments),
}


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("\n已停止", "Stopped")
        raise SystemExit(130) from None
