"""`python -m tests.labels.printing.queue_server URL`: works the print queue of a database until it is killed."""

import sys
import threading

from tests.factories import House
from tests.labels.printing.shop import SHORT

if __name__ == "__main__":
    from cellchain.labels.printing.worker import PrintWorker

    house = House(sys.argv[1])
    worker = PrintWorker(house.database, house.runner, demonstration=False, patience=SHORT)
    worker.start()
    threading.Event().wait()
