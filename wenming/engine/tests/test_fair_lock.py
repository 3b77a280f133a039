"""Who waits longest writes next."""

from __future__ import annotations

import threading
import time

from wenming.engine.fair_lock import FairLock


def test_it_serves_in_order_of_arrival() -> None:
    lock, served = FairLock(), []
    lock.acquire(1)
    threads = []
    for n in range(8):
        thread = threading.Thread(target=lambda n=n: (lock.acquire(5), served.append(n), lock.release()))
        thread.start()
        threads.append(thread)
        while len(lock._waiting) <= n:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join(5)

    assert served == list(range(8))


def test_it_gives_up_after_the_time_out_and_leaves_the_queue() -> None:
    lock = FairLock()
    lock.acquire(1)
    assert lock.acquire(0.01) is False
    lock.release()
    assert lock.acquire(0.01) is True


def test_it_lets_one_in_at_a_time() -> None:
    lock, inside, most = FairLock(), [0], [0]

    def work() -> None:
        for _n in range(200):
            lock.acquire(10)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            lock.release()

    threads = [threading.Thread(target=work) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert most == [1]
