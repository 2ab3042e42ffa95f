"""One bag running into one recipient, from its start to the bag's last way."""
