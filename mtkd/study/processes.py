"""A teacher or student on several devices: one process for each, which begin and end together."""

import errno
import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from typing import IO, Any

from mtkd.config import ConfigError
from mtkd.files import is_full_disk
from mtkd.study import worker

OWN = ("spawn", "fork", "notebook")
"""In the names of strategies that start processes of their own."""
DIED = (
    "it died without a word; the system ends a process that asks for too much memory, so lower "
    "trainer.batch_size or trainer.devices"
)


def processes(trainer: Mapping[str, Any], at: str) -> int:
    """How many processes train together.

    Args:
        trainer: A `trainer` node; `devices` is 1, another number, or a list of devices.
        at: Its config path.

    Raises:
        ConfigError: That cannot be known beforehand, or the strategy does not go with a study.
    """
    devices, strategy = trainer.get("devices", 1), trainer.get("strategy")
    if trainer.get("num_nodes", 1) != 1:
        raise ConfigError(
            f"{at}.num_nodes is {trainer['num_nodes']}, but a trial runs on one machine; leave it "
            "out, and give other machines other seeds"
        )
    count = len(devices) if isinstance(devices, list) else devices
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ConfigError(
            f"{at}.devices must be a whole number of at least 1 or a list of device numbers, since "
            f"each one gets a process; got {devices!r}"
        )
    if isinstance(strategy, str) and any(word in strategy for word in OWN):
        raise ConfigError(
            f"{at}.strategy {strategy} starts processes whose records a study would not get; use "
            "strategy: ddp, or fsdp to split the student's weights"
        )
    return count


def together(count: int, function: str, arguments: Sequence[Any]) -> None:
    """Call a dotted path in `count` processes at once; Lightning finds them by their environment.

    What they print goes where this process prints. When one fails, the others are ended.

    Args:
        count: Processes.
        function: Dotted path; it is called with the same arguments in each.
        arguments: As JSON can hold them.

    Raises:
        RuntimeError: What the first one that failed said.
        OSError: The disk is full.
    """
    parcel = json.dumps([os.getpid(), sys.path, function, list(arguments)]).encode()
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "NODE_RANK": "0"}
    members: list[subprocess.Popen[bytes]] = []
    try:
        for rank in range(count):
            members.append(_started({**os.environ, **shared, "LOCAL_RANK": str(rank)}, parcel))
        running = {_answer(member).fileno(): member for member in members}
        while running:
            for pipe in wait(list(running)):
                assert isinstance(pipe, int)
                member = running.pop(pipe)
                _end(member, f"process {members.index(member) + 1} of {count}")
    finally:
        for member in members:
            member.kill()
            member.wait()


def _started(environment: dict[str, str], parcel: bytes) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", f"from {__name__} import main; main()"]
    member = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert member.stdin is not None
    member.stdin.write(parcel)
    member.stdin.close()
    return member


def _end(member: "subprocess.Popen[bytes]", who: str) -> None:
    """Wait for a process that has closed its pipe, and raise what it said."""
    said = _answer(member).read()
    if member.wait() == 0:
        return
    state, reason = json.loads(said) if said else ("failed", DIED)
    if state == "disk full":
        raise OSError(errno.ENOSPC, reason)
    raise RuntimeError(f"{who}: {reason}")


def _answer(member: "subprocess.Popen[bytes]") -> IO[bytes]:
    """The pipe through which a process says how it failed; closed when it has ended."""
    assert member.stdout is not None
    return member.stdout


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def main() -> None:
    """One of the processes: read what to do, do it, say how it failed if it did, and end at once.

    The interpreter is not taken down: a thread of the process group that still lets go of tensors
    would abort it, and good work would count as failed.
    """
    parent, paths, function, arguments = json.load(sys.stdin)
    worker.start(parent, paths)
    answer = os.dup(1)
    os.dup2(2, 1)
    status = 0
    try:
        worker.load(function)(*arguments)
    except BaseException as error:
        state, status = "disk full" if is_full_disk(error) else "failed", 1
        os.write(answer, json.dumps([state, worker.sentence(error)]).encode())
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
