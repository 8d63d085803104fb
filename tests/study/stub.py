"""Parts of a study that train nothing, for tests of everything around training.

What a student does is its `behaviour`: `fine` makes its files; `fail` raises; `die` kills its
process; `die_once` does that the first time; `full` meets a full disk; `wait` leaves half a
trial behind, says so through a pipe, and waits for the end.
"""

import errno
import io
import json
import os
import signal
import zipfile
from pathlib import Path

from mtkd.config import instantiate
from mtkd.files import FORMAT, write_bytes, write_json

HERE = "tests.study.stub"


class Data:
    def __init__(self, train: int = 10) -> None: ...


class Model:
    def __init__(self, behaviour: str = "fine", size: int = 1) -> None: ...


class Optimizer:
    def __init__(self, parameters, rate: float = 0.1, note: str = "") -> None: ...


def nothing(): ...


def check(plan, kept, identities):
    return {trial.cell_name: "formula" for trial in plan.trials}, {}


def loud_check(plan, kept, identities):
    print("data are built")
    return check(plan, kept, identities)


def compare(plan, kept): ...


def refuse(plan, kept, identities):
    from mtkd.config import ConfigError

    raise ConfigError("config.student: does not go together with config.loss")


def report(folder):
    index = json.loads((Path(folder) / "study.json").read_text())
    write_json(Path(folder) / "report.html", [trial["state"] for trial in index["trials"]])


def early(folder):
    index = json.loads((Path(folder) / "study.json").read_text())
    write_json(Path(folder) / "early.json", [(t["seed"], t["state"]) for t in index["trials"]])


def archive(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("content"), content)
    return buffer.getvalue()


def train_teacher(config, name, folder, domains):
    behave(config["teachers"][name]["model"]["behaviour"], Path(folder))
    finish(Path(folder), domains, f"teacher {name} {config['teachers'][name]['seed']}")


def stop_halfway(config, name, folder, domains):
    write_bytes(Path(folder) / "model.safetensors", b"weights")
    raise KeyboardInterrupt


def run_trial(config, folder, teachers, domains):
    behave(config["student"].get("behaviour", "fine"), Path(folder))
    student = type(instantiate(config["student"], "student")).__name__
    seen = [(Path(at) / "result.json").read_text() for at in teachers.values()]
    threads = os.environ["OMP_NUM_THREADS"]
    finish(Path(folder), domains, f"{student} {config['seed']} {config['loss']} {seen} {threads}")


def finish(folder, domains, content):
    for domain in ["validation", *domains]:
        write_bytes(folder / "predictions" / f"{domain}.npz", archive(f"{domain} {content}"))
    write_json(folder / "result.json", {"format": FORMAT, "content": content})


def behave(behaviour, folder):
    print(f"behaviour {behaviour}")
    if behaviour == "fail":
        raise ArithmeticError("the loss is NaN\nat step 3")
    if behaviour == "full":
        raise OSError(errno.ENOSPC, "No space left on device")
    if behaviour == "die" or (behaviour == "die_once" and not (folder / "died").exists()):
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "wait" and "STUB_PIPE" in os.environ:
        (folder / "predictions").mkdir()
        (folder / "predictions" / "clean.npz").write_bytes(archive("half")[:-8])
        with open(os.environ["STUB_PIPE"], "w") as pipe:
            pipe.write("here")
            pipe.flush()
            signal.pause()


def publish(folder, settings):
    assert (Path(folder) / "study.json").exists()
    assert settings["mode"] in ("offline", "online", "disabled")
