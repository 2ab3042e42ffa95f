"""`python -m tests.notices.mail_server URL PORT`: sends the mails of a database until it is killed."""

import os
import sys
import threading

from tests.factories import House
from tests.notices.desk import HEAD

if __name__ == "__main__":
    from cellchain.notices.post import MailServer
    from cellchain.notices.worker import NoticeWorker

    house = House(sys.argv[1], seed=os.getpid())  # else each process would give the same Message-IDs
    server = MailServer("127.0.0.1", int(sys.argv[2]), "none", timeout_s=5)
    worker = NoticeWorker(house.database, house.runner, server=server, head=HEAD)
    worker.start()
    threading.Event().wait()
