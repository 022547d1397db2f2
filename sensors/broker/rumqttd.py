"""The process of the pip-only broker: `python -P rumqttd.py CONFIG.toml`; runs until it is killed or breaks.

`python -m iotcore` would do, but for two things. It writes a line for every packet: 35 a reading, which costs half the
rate and fills the disk. And it lives on when rumqttd panics: a client that comes back in the instant its last
connection is cleared away breaks a lock, after which every connection is accepted and dropped. A broker that answers
nobody must end, so that it can be started again.
"""

import logging
import os
import sys
import threading

from iotcore.iotcore import IotCoreBroker

_PANIC = b"panicked at"
_BROKEN = 70


def main() -> None:
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # It marks the ordinary course of things as errors.
    for chatty in ("rumqttd", "tracing"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL + 1)
    os.environ["RUST_BACKTRACE"] = "0"
    reading, writing = os.pipe()
    log = os.dup(2)
    os.dup2(writing, 2)
    threading.Thread(target=_watch, args=(reading, log), daemon=True).start()
    try:
        IotCoreBroker(config_path=sys.argv[1]).run_forever()
    finally:
        os.dup2(log, 2)


def _watch(reading: int, log: int) -> None:
    """Pass on what is written to stderr; end the process with the message of a panic."""
    panicking = False
    with os.fdopen(reading, "rb") as lines:
        for line in lines:
            os.write(log, line)
            if panicking:
                os._exit(_BROKEN)
            panicking = _PANIC in line


if __name__ == "__main__":
    main()
