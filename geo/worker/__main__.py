"""The worker's whole life: one job from its argument, limits, imports, locks, the task, one file of frames."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, TypedDict

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.worker import lockdown

TASKS = {
    "sheets": "geo.worker.sheets",
    "unzip": "geo.worker.unzip",
    "geojson": "geo.worker.geojson",
    "gpkg": "geo.worker.vectors",
    "shapefile": "geo.worker.vectors",
    "filegdb": "geo.worker.vectors",
    "probe": "geo.worker.probe",
}
UNUSED = ("pandas", "geopandas", "pyarrow")  # what pyogrio would load for frames we do not make: a third of a second


class Job(TypedDict):
    """What a parent asks: a task on the files of `read`, its frames into the file `write`, within `limits`."""

    task: str
    read: dict[str, str]
    write: str
    params: dict[str, Any]
    limits: dict[str, int]
    parent: int


def main(job: Job) -> int:
    """Exit status 0 when there is an answer, good or bad."""
    lockdown.limit(job["limits"], job["parent"])
    held = lockdown.leave_network()
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]
    module = import_module(TASKS[job["task"]])
    if hasattr(module, "prepare"):
        module.prepare(job["task"])
    from core.errors import PetarawanError
    from geo.worker.frames import Writer

    read = {name: Path(path) for name, path in job["read"].items()}
    with Path(job["write"]).open("r+b") as stream:
        data = module.data_folders() if hasattr(module, "data_folders") else []
        held += lockdown.close([*read.values(), *data])
        write = Writer(stream)
        write({"guards": held})
        try:
            module.run(read, job["params"], write)
        except PetarawanError as error:
            place = {
                key: value for key, value in vars(error.place).items() if key in ("sheet", "row", "column", "value")
            }
            params = {key: value if isinstance(value, int) else str(value)[:300] for key, value in error.params.items()}
            write({"error": error.code, "params": params, "place": place})
        except MemoryError:
            write({"error": "E_WORKER_LIMIT", "params": {}, "place": {}})
        else:
            write({"end": True})
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
