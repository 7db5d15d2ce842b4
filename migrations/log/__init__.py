"""The scripts of the log, one revision after another; each is final once it has been released."""
