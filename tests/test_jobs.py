"""Jobs: every one ends in a state that tells the truth, whatever its file does to the process that works on it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import LockedError, NotFoundError
from intake import jobs, queue
from intake.consumer import ATTEMPTS, HALF_WRITTEN, KEPT, clock
from intake.jobs import Job
from petarawan import workers
from tests.desk_client import (
    ENGINE,
    NOW,
    children_of,
    consumer,
    running,
    send_in,
    small_desk,
    state,
    until,
    worker,
)
from tests.places import ROOT


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def left_over(workspace: Path, job_id: str) -> list[str]:
    folder = workspace / "jobs" / job_id
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def confirm(workspace: Path, job_id: str, who: str = "Siti") -> None:
    small_desk(workspace).confirm(job_id, who, None, None, NOW, "id")


def entered(workspace: Path, job_id: str) -> int:
    with sqlite3.connect(workspace / "fake.db") as database:
        found = database.execute("select count(*), count(distinct number) from entered where job = ?", (job_id,))
        rows, numbers = found.fetchone()
    assert rows == numbers
    return int(rows)


def test_a_job_from_its_upload_to_the_register(tmp_path: Path) -> None:
    desk, work = small_desk(tmp_path), worker(tmp_path)
    job_id = send_in(tmp_path, name="C:\\Users\\siti\\kejadian 2024.xlsx", rows=9, bad=2)
    told = desk.status(job_id, "id")
    assert (told["state"], told["waiting"], told["can"]) == ("uploaded", True, ("cancel",))
    assert told["file"]["name"] == "kejadian 2024.xlsx"
    with pytest.raises(LockedError):
        desk.rows(job_id, "accepted", 0, 10, "id")
    work.work(job_id)
    told = desk.status(job_id, "id")
    assert told["state"] == "ready" and told["can"] == ("mapping", "confirm", "cancel")
    assert told["counts"] == {"rows_in": 9, "accepted": 7, "quarantined": 2, "duplicates": 0}
    assert told["reasons"] == [{"code": "R_NAME_UNKNOWN", "count": 2, "label": "Nama wilayah ini tidak ada di peta."}]
    assert told["warnings"][0]["text"].startswith("2 baris")
    rows = desk.rows(job_id, "quarantined", 1, 5, "id")
    assert (rows["total"], rows["kept"], len(rows["rows"])) == (2, 2, 1)
    assert "Loktuan" in rows["rows"][0]["reason"]["message"] and rows["rows"][0]["title"] == "Kerusuhan"
    assert desk.rows(job_id, "duplicate", 0, 5, "id")["rows"] == []
    assert desk.quarantine(job_id)[1] == "karantina-kejadian-2024.xlsx"
    confirm(tmp_path, job_id)
    assert desk.status(job_id, "id")["waiting"] is True
    work.work(job_id)
    assert desk.status(job_id, "en")["state_label"] == "Entered"
    assert entered(tmp_path, job_id) == 7
    assert left_over(tmp_path, job_id) == ["job.json", "preview.json", "quarantine.xlsx", "rows.json"]
    assert desk.cancel(job_id, NOW, "id") is None
    with pytest.raises(NotFoundError):
        desk.status(job_id, "id")


def test_a_missing_column_asks_for_a_mapping_first(tmp_path: Path) -> None:
    desk, work = small_desk(tmp_path), worker(tmp_path)
    job_id = send_in(tmp_path, missing=["jenis"])
    work.work(job_id)
    told = desk.status(job_id, "id")
    assert told["can"] == ("mapping", "cancel") and told["missing"] == ("jenis",)
    with pytest.raises(LockedError):
        confirm(tmp_path, job_id)
    told = desk.remap(
        job_id, {"tanggal": "tanggal", "jenis": "x"}, {"header_row": 4, "zone": None}, None, None, NOW, "id"
    )
    assert (told["state"], told["revision"]) == ("uploaded", 2)
    job = jobs.load(tmp_path, job_id)
    assert job.columns == {"tanggal": "tanggal", "jenis": "x"} and job.options == {"header_row": 4}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"eat": True}, "E_JOB_MEMORY"),
        ({"die": int(signal.SIGKILL)}, "E_JOB_MEMORY"),  # what the kernel does when memory runs out
        ({"die": int(signal.SIGABRT)}, "E_JOB_MEMORY"),  # what C++ libraries do when memory is refused
        ({"hang": True}, "E_JOB_TIME"),
        ({"die": int(signal.SIGSEGV)}, "E_JOB_DIED"),
    ],
)
@pytest.mark.parametrize("step", ["read", "import"])
def test_fault_089_killed_or_hung_work_ends_as_failed(
    tmp_path: Path, told: dict[str, object], code: str, step: str
) -> None:
    job_id = send_in(tmp_path, leave=True, **{"in": step}, **told)
    work = worker(tmp_path, memory=1 << 30, seconds=2 if "hang" in told else 60)
    work.work(job_id)
    if step == "import":
        assert state(tmp_path, job_id) == "ready"
        confirm(tmp_path, job_id)
        work.work(job_id)
    job = jobs.load(tmp_path, job_id)
    assert (job.state, job.trouble[0]["code"]) == ("failed", code)
    error = small_desk(tmp_path).status(job_id, "id")["error"]
    assert error["limit"] is (code != "E_JOB_DIED") and error["detail"] and error["hint"]
    assert "tmp" not in left_over(tmp_path, job_id)
    assert not running(tmp_path, "sleep 1000.25")
    assert not running(tmp_path, "intake.child")
    # What was entered before stays entered, and trying again enters nothing twice.
    if step == "import":
        assert entered(tmp_path, job_id) == 5
        assert job.can == ("confirm", "cancel")
    else:
        assert job.can == ("mapping", "cancel")


def test_an_error_of_the_file_is_told_without_places_of_this_machine(tmp_path: Path) -> None:
    job_id = send_in(tmp_path, name="data.csv", error="E_DISK")
    worker(tmp_path).work(job_id)
    told = small_desk(tmp_path).status(job_id, "id")
    assert told["state"] == "failed" and told["error"]["code"] == "E_DISK"
    assert "data.csv" in told["error"]["detail"] and "/secret" not in str(told)
    assert "foldernya tidak ada" in told["error"]["detail"]
    assert "folder" in small_desk(tmp_path).status(job_id, "en")["error"]["detail"]


def test_a_bug_is_told_as_one_and_the_log_repeats_nothing_of_the_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    job_id = send_in(tmp_path, bug=True)
    worker(tmp_path).work(job_id)
    assert jobs.load(tmp_path, job_id).trouble[0]["code"] == "E_JOB_DIED"
    line = json.loads(capfd.readouterr().err)
    assert (line["event"], line["kind"]) == ("job_crashed", "ValueError") and "Budi" not in str(line)


def test_a_job_of_another_version_is_passed_over_or_read(tmp_path: Path) -> None:
    job_id = send_in(tmp_path)
    path = tmp_path / "jobs" / job_id / "job.json"
    tree = json.loads(path.read_text())
    path.write_text(json.dumps({**tree, "of_tomorrow": 1}))
    assert jobs.load(tmp_path, job_id).state == "uploaded"
    for broken in ("[]", "null", "{}", json.dumps({name: value for name, value in tree.items() if name != "kind"})):
        path.write_text(broken)
        assert jobs.every(tmp_path) == []


def test_cancel_ends_the_work_as_a_group_and_removes_the_upload(tmp_path: Path) -> None:
    with consumer(tmp_path):
        job_id = send_in(tmp_path, hang=True)
        until(tmp_path, job_id, "reading")
        while not running(tmp_path, "sleep 1000.25"):
            time.sleep(0.05)
        told = small_desk(tmp_path).cancel(job_id, NOW, "id")
        assert told is not None and told["state"] == "cancelled"
        end = time.monotonic() + 5
        while running(tmp_path, "sleep 1000.25") or left_over(tmp_path, job_id) != ["job.json"]:
            assert time.monotonic() < end
            time.sleep(0.05)
        after = send_in(tmp_path)  # and the next one is worked on
        assert until(tmp_path, after, "ready").counts is not None


def test_rows_being_entered_cannot_be_cancelled(tmp_path: Path) -> None:
    job_id = send_in(tmp_path)
    worker(tmp_path).work(job_id)
    confirm(tmp_path, job_id)
    told = small_desk(tmp_path).status(job_id, "id")
    assert told["can"] == ("cancel",)  # still in the queue
    jobs.change(tmp_path, job_id, lambda job: replace(job, begun=True), NOW)
    with pytest.raises(LockedError) as caught:
        small_desk(tmp_path).cancel(job_id, NOW, "id")
    assert caught.value.code == "E_JOB_STATE"


@pytest.mark.parametrize("step", ["read", "import"])
def test_kill_9_of_the_consumer_and_a_restart_finishes_the_job(tmp_path: Path, step: str) -> None:
    job_id = send_in(tmp_path, rows=60, bad=6, pause=0.02)
    if step == "import":
        worker(tmp_path).work(job_id)
        confirm(tmp_path, job_id)
    for moment in (0.6, 0.9):
        with consumer(tmp_path) as process:
            while not children_of(process.pid):
                time.sleep(0.02)
            time.sleep(moment)
            [child] = children_of(process.pid)
            process.kill()
            process.wait()
            end = time.monotonic() + 5
            while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
                assert time.monotonic() < end  # the child ends with its consumer
                time.sleep(0.02)
        assert state(tmp_path, job_id) == ("reading" if step == "read" else "importing")
    with consumer(tmp_path):
        job = until(tmp_path, job_id, "ready" if step == "read" else "done")
    assert job.attempts == 0 and "tmp" not in left_over(tmp_path, job_id)
    assert job.counts is not None
    assert job.counts["rows_in"] == job.counts["accepted"] + job.counts["quarantined"] + job.counts["duplicates"] == 60
    if step == "import":
        assert entered(tmp_path, job_id) == 54
        assert "upload.csv" not in left_over(tmp_path, job_id)


def test_a_stop_puts_the_job_back_without_counting_it(tmp_path: Path) -> None:
    job_id = send_in(tmp_path, rows=400, pause=0.02)
    with consumer(tmp_path):
        until(tmp_path, job_id, "reading")
    job = jobs.load(tmp_path, job_id)
    assert (job.state, job.attempts, job.waiting) == ("uploaded", 0, True)
    assert not running(tmp_path, "intake.child")


def test_a_job_that_takes_its_consumer_down_every_time_is_given_up(tmp_path: Path) -> None:
    job_id = send_in(tmp_path)
    jobs.change(tmp_path, job_id, lambda job: replace(job, attempts=ATTEMPTS), NOW)
    worker(tmp_path).work(job_id)
    assert jobs.load(tmp_path, job_id).trouble[0]["code"] == "E_JOB_DIED"


def test_a_broken_queue_is_made_anew_from_the_jobs(tmp_path: Path) -> None:
    job_id = send_in(tmp_path)
    for path in (tmp_path / "jobs").glob("queue.db*"):
        path.write_bytes(b"no database at all")
    with consumer(tmp_path):
        until(tmp_path, job_id, "ready")


def test_a_job_that_fell_out_of_the_queue_is_put_back_once(tmp_path: Path) -> None:
    send_in(tmp_path)
    waiting = queue.open_queue(tmp_path)
    for _ in range(2):
        waiting.flush()
        assert queue.is_empty(tmp_path)
        for _ in range(3):
            worker(tmp_path).tidy()
        assert waiting.pending_count() == 1
    waiting.storage.close()


def test_the_queue_holds_no_pickle(tmp_path: Path) -> None:
    send_in(tmp_path)
    with sqlite3.connect(tmp_path / "jobs" / queue.FILE) as database:
        [(letter,)] = database.execute("select data from task")
    assert bytes(letter).startswith(b'["') and b"intake.queue.job" in bytes(letter)


def test_one_consumer_per_workspace(tmp_path: Path) -> None:
    with consumer(tmp_path):
        job_id = send_in(tmp_path)
        until(tmp_path, job_id, "ready")
        with consumer(tmp_path) as second:
            after = send_in(tmp_path, rows=2)
            until(tmp_path, after, "ready")
            assert second.poll() is None  # it waits
            second.kill()
            second.wait()


def test_tidy_removes_what_is_old_or_left_over(tmp_path: Path) -> None:
    old, fresh, half = send_in(tmp_path), send_in(tmp_path), tmp_path / "jobs" / ".new-0000000000000001"
    for job_id in (old, fresh):
        worker(tmp_path).work(job_id)
    ago = clock() - KEPT - timedelta(minutes=1)
    jobs.change(tmp_path, old, lambda job: job, ago)
    jobs.change(tmp_path, fresh, lambda job: job, clock())
    half.mkdir()
    (half / "upload.csv").write_bytes(b"half")
    gone = half.with_name(".new-0000000000000002")
    gone.mkdir()
    (gone / "job.json").write_bytes(b"{}")  # the server was killed a moment before it was a job
    past = (clock() - HALF_WRITTEN - timedelta(minutes=1)).timestamp()
    os.utime(gone / "job.json", (past, past))
    os.utime(gone, (past, past))
    worker(tmp_path).tidy()
    assert [job.id for job in jobs.every(tmp_path)] == [fresh]
    assert half.exists() and not gone.exists()
    assert "upload.csv" in left_over(tmp_path, fresh)


def test_job_json_survives_a_half_written_newcomer(tmp_path: Path) -> None:
    job_id = send_in(tmp_path)
    (tmp_path / "jobs" / job_id / "job.json.tmp").write_bytes(b'{"id": "')
    assert state(tmp_path, job_id) == "uploaded"
    assert oct((tmp_path / "jobs").stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("name", ["", "..", "../..", "0" * 15, "G" * 16, "0" * 16, "\0", "a/b", "queue.db"])
def test_fault_102_what_is_no_job_id_is_never_a_path(tmp_path: Path, name: str) -> None:
    send_in(tmp_path)
    with pytest.raises(NotFoundError):
        jobs.load(tmp_path, name)


def test_the_desk_is_light() -> None:
    code = (
        "import sys, intake.desk; "
        "sys.exit(' '.join({'geopandas','pandas','rasterio','sqlalchemy','alembic','pyogrio'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_supervisor_restarts_the_consumer_and_ends_with_the_server(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom petarawan.workers import consumer\n"
        f"with consumer(Path(sys.argv[1]), '--engine', '{ENGINE}') as pid:\n    print(pid, flush=True)\n    time.sleep(600)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    assert server.stdout is not None
    supervisor = int(server.stdout.readline())
    try:
        first = send_in(tmp_path)
        until(tmp_path, first, "ready")
        [consumer_pid] = children_of(supervisor)
        os.kill(consumer_pid, signal.SIGKILL)
        second = send_in(tmp_path)
        until(tmp_path, second, "ready")
        assert children_of(supervisor) != [consumer_pid]
    finally:
        server.kill()
        server.communicate()
    end = time.monotonic() + 10
    while running(tmp_path, "intake.consumer") or running(tmp_path, "petarawan.workers"):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_supervisor_ends_with_its_block(tmp_path: Path) -> None:
    with workers.consumer(tmp_path, "--engine", ENGINE) as pid:
        job_id = send_in(tmp_path)
        until(tmp_path, job_id, "ready")
        assert children_of(pid)
    assert not running(tmp_path, "intake.consumer") and not running(tmp_path, "petarawan.workers")


def test_a_job_says_what_may_be_done_with_it() -> None:
    base = Job("0" * 16, "incidents", "a.csv", "upload.csv", 1, "-", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    for name in ("uploaded", "reading", "ready", "importing", "done", "failed", "cancelled"):
        job = replace(base, state=name, begun=True, step="import" if name in ("importing", "done") else "read")
        assert set(job.can) <= {"mapping", "confirm", "cancel"}
        assert ("confirm" in job.can) == (name == "ready")
