"""Who breaks things, at moments drawn from a seed: the whole product, its broker alone, the product while it starts."""

import os
import random
import signal
import time
from collections.abc import Callable

import psutil

from tests.chaos.history import History
from tests.product import Product, until

_FAULT_S = 120.0


class Nemesis:
    """Ends processes with SIGKILL and waits until the product answers again.

    `killed` is called while the product is dead.
    """

    def __init__(self, product: Product, history: History, chance: random.Random, killed: Callable[[], None]) -> None:
        self._product = product
        self._history = history
        self._chance = chance
        self._killed = killed

    def strike(self, what: str) -> None:
        """`product` or `broker`, within 0.3 s."""
        time.sleep(self._chance.uniform(0, 0.3))  # not a synchronisation: the moment is meant to be any
        self._history.note("kill", of=what)
        if what == "product":
            self._kill_product()
            while self._chance.random() < 0.25:
                # Once more before it is up: taking up what was left must bear it as well.
                self._product.start(wait=False)
                time.sleep(self._chance.uniform(0, 2.0))
                self._kill_product()
            self._product.start()
        else:
            self._kill_broker()
        self._history.note("back", of=what)

    def _kill_product(self) -> None:
        children = self._children()
        self._product.kill()
        until(lambda: not any(each.is_running() for each in children), 10, lambda: f"left behind: {children}")
        self._killed()

    def _kill_broker(self) -> None:
        before = self._children()
        assert before, "the broker is a child of the product"
        for each in before:
            os.kill(each.pid, signal.SIGKILL)
        until(lambda: any(each not in before for each in self._children()), _FAULT_S)

    def _children(self) -> list[psutil.Process]:
        pid = self._product.pid
        assert pid is not None
        try:
            found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return found
