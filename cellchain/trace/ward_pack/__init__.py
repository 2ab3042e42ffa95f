"""The pack with which a ward works on paper: made beforehand, because it is needed when nothing answers any more."""
