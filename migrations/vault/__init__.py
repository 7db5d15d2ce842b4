"""The scripts of the vault, one revision after another; each is final once it has been released."""
