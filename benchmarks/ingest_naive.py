"""What one writes in an afternoon: FastAPI, paho, SQLModel, a commit for every row.

    python -m benchmarks.ingest_naive HOST PORT VERSION USER PASSWORD COUNT FOLDER

Served by uvicorn like any such application. Prints `ready`, then one line of JSON when COUNT rows are committed.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine, func, select

from benchmarks.ingest_bare import client, connect


class Reading(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    station: str
    property: str
    observed_at: datetime
    value: float


def main() -> None:
    host, port, version, user, password, count, folder = sys.argv[1:]
    wanted, finished = int(count), threading.Event()
    engine = create_engine(f"sqlite:///{folder}/naive.sqlite")
    SQLModel.metadata.create_all(engine)
    seen = 0
    started = ended = cpu = 0.0

    def store(_client: object, _userdata: object, message: Any) -> None:
        nonlocal seen, started, ended, cpu
        if not seen:
            started, cpu = time.perf_counter(), time.process_time()
        record = json.loads(message.payload)
        with Session(engine) as session:
            for name, value in record["data"].items():
                observed_at = datetime.fromtimestamp(record["ts"] / 1000, UTC)
                station = message.topic.split("/")[2]
                session.add(Reading(station=station, property=name, observed_at=observed_at, value=value))
            session.commit()
        seen += 1
        if seen == wanted:
            ended, cpu = time.perf_counter(), time.process_time() - cpu
            finished.set()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        subscriber = client(version, user, password)
        subscriber.on_message = store
        subscriber.on_connect = lambda each, *_: each.subscribe("eoc/v1/+/obs", 1)
        connect(subscriber, host, int(port), version)
        subscriber.loop_start()
        print("ready", flush=True)
        yield
        subscriber.loop_stop()

    app = FastAPI(lifespan=lifespan)

    @app.get("/count")
    def stored() -> int:
        with Session(engine) as session:
            return session.exec(select(func.count()).select_from(Reading)).one()

    def report() -> None:
        finished.wait(600)
        print(json.dumps({"count": seen, "seconds": ended - started, "cpu_s": cpu}), flush=True)
        os._exit(0)

    threading.Thread(target=report, daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=0, log_level="error")


if __name__ == "__main__":
    main()
