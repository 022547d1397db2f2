"""The process of the pip-only broker: `python -P rumqttd.py CONFIG.toml`; runs until it is killed.

`python -m iotcore` would do, but it writes a line for every packet: 35 a reading, which costs half the rate and fills
the disk.
"""

import logging
import sys

from iotcore.iotcore import IotCoreBroker


def main() -> None:
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # It marks the ordinary course of things as errors.
    for chatty in ("rumqttd", "tracing"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL + 1)
    IotCoreBroker(config_path=sys.argv[1]).run_forever()


if __name__ == "__main__":
    main()
