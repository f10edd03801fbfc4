"""What a walled process cannot do, whatever takes it over."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconciler.messages.contexts.values import task_shape
from reconciler.messages.language.limits import TemplateFault
from reconciler.messages.mail import Mail, MailCase, TemplateRef
from reconciler.model.configuration.address import Address
from reconciler.operations.walled.items import Trial
from reconciler.operations.walled.work import Job
from tests.support.components import require
from tests.walled.conftest import Born

REPOSITORY = str(Path(__file__).parents[2])
CHECK = Job[Trial, tuple[TemplateFault, ...]]("check", tuple[TemplateFault, ...])
TRIAL = Trial(Address("EmailTask", "a"), MailCase("a", Mail(TemplateRef("a", (), "words")), task_shape({})), {})

ATTEMPTS = """
import json, os, socket, subprocess, sys
from pathlib import Path
from reconciler.operations.walled.child import warm_up
from reconciler.operations.walled.confinement import Confinement
kept = os.open(sys.argv[1], os.O_RDWR)
here = os.open("/", os.O_RDONLY)
warm_up()
Confinement()

def forked():
    child = os.fork()
    if child == 0:
        try:
            os.open(sys.argv[1], os.O_RDONLY)
        except OSError:
            os._exit(0)
        os._exit(7)
    if os.waitpid(child, 0)[1] == 0:
        raise OSError("its child can do no more")

def reopened():
    os.close(2)
    os.open(sys.argv[1], os.O_RDONLY)

ATTEMPTS = {
    "read a file": lambda: open(sys.argv[1]).read(),
    "read beside an open folder": lambda: os.open("etc/passwd", os.O_RDONLY, dir_fd=here),
    "make a file": lambda: open(sys.argv[1] + ".new", "w"),
    "write an open file": lambda: os.write(kept, b"x"),
    "open a socket": lambda: socket.socket(),
    "open a pipe": os.pipe,
    "list a folder": lambda: os.listdir("/"),
    "copy what is open": lambda: os.dup(kept),
    "open in place of what is closed": reopened,
    "fork": forked,
    "run a program": lambda: subprocess.run(["/bin/true"]),
}
for name, attempt in ATTEMPTS.items():
    try:
        attempt()
        done = "done"
    except OSError as refused:
        done = "refused"
    os.write(1, json.dumps([name, done]).encode() + b"\\n")
"""


def test_it_opens_no_file_and_no_socket_and_writes_none(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    ran = subprocess.run(
        [sys.executable, "-c", ATTEMPTS, str(secret)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    said = dict(json.loads(line) for line in ran.stdout.splitlines())
    assert len(said) == 11
    assert set(said.values()) == {"refused"}, said
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_its_environment_is_empty_and_its_pipes_are_all_it_has(born: Born, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_SECRET_RELAY", "canary")
    monkeypatch.setenv("PYTHONSTARTUP", "/nonexistent")
    with Path("/etc/hostname").open() as _:
        assert CHECK.one(TRIAL) == ()
    process = born[0].process.pid
    folder = Path("/proc", str(process))
    assert folder.joinpath("environ").read_bytes() == b""
    opened = {each.name: str(each.readlink()) for each in folder.joinpath("fd").iterdir()}
    assert sorted(opened) == ["0", "1", "2", "3"]
    assert opened["0"].startswith("pipe:")
    assert opened["1"].startswith("pipe:")
    assert (opened["2"], opened["3"]) == ("/dev/null", f"/proc/{process}/statm")
    assert os.getsid(process) == process


def test_it_does_not_outlive_who_started_it() -> None:
    script = (
        "from tests.walled.test_confinement import CHECK, TRIAL\n"
        "from reconciler.operations.walled.pool import POOL\n"
        "import time; CHECK.one(TRIAL); print(POOL._idle[0].process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while Path("/proc", str(process)).exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert not Path("/proc", str(process)).exists()


def test_nothing_is_opened_once_the_limits_stand(tmp_path: Path) -> None:
    require("strace", Path("/usr/bin/strace").exists())
    log = tmp_path / "log"
    script = "from tests.walled.test_confinement import CHECK, TRIAL; assert CHECK.one(TRIAL) == ()"
    calls = "trace=prlimit64,setrlimit,open,openat,openat2,socket,pipe2,connect,creat"
    strace = ["strace", "-qq", "-ff", "--seccomp-bpf", "-e", calls, "-o", str(log)]
    subprocess.run([*strace, sys.executable, "-c", script], cwd=REPOSITORY, check=True)
    walled = [text for path in tmp_path.iterdir() if "RLIMIT_FSIZE, {rlim_cur=0" in (text := path.read_text())]
    assert len(walled) == 1
    before, _, after = walled[0].partition("RLIMIT_NOFILE, {rlim_cur=0")
    assert "openat(" in before
    assert "RLIMIT_AS" in after
    assert [line for line in after.splitlines()[1:] if not re.match(r"prlimit64|setrlimit|\+\+\+|---", line)] == []
