"""`aftercare vault`: the keys that keep personal fields closed."""

import click

from api.cli.keyring import add_wrapping_key, keyring, keyring_file
from api.cli.places import require_file
from api.cli.program import Program
from api.cli.telling import progress
from domain.log.vault import WrappingKeysRefused, new_wrapping_key
from migrations import require_current


@click.group()
def vault() -> None:
    """Make and rotate the keys that keep personal fields closed."""


@vault.command("generate-key")
@click.option("--print", "printed", is_flag=True, help="Print an entry for AFTERCARE_VAULT_KEYS; write no file.")
@click.pass_obj
def generate_key(program: Program, printed: bool) -> None:  # noqa: FBT001  click gives flags so
    """Make a wrapping key, the current one from now on; older ones stay, to open what they wrapped.

    It goes into the file that AFTERCARE_VAULT_KEYS_FILE names, or vault.keys in the home folder. Who loses it loses
    every personal field for ever; who has it and a copy of the vault can read them. Keep it apart from both.
    """
    key_id = f"k{program.now():%Y%m%d%H%M%S}"
    if printed:
        click.echo(new_wrapping_key(key_id))
        return
    if program.settings.vault_keys:
        raise WrappingKeysRefused("AFTERCARE_VAULT_KEYS holds the keys: use --print and put the entry in front there.")
    file = keyring_file(program.settings)
    add_wrapping_key(file, key_id)
    click.echo(f"Wrapping key {key_id} is the current one in {file}.")


@vault.command()
@click.pass_obj
def rotate(program: Program) -> None:
    """Wrap every key of the vault anew by the current wrapping key. May be stopped and run again; servers go on.

    Every server must know the new key before.
    """
    require_file(program.settings.vault_url)
    require_current(program.settings.vault_url, "vault")
    with program.vault() as opened, progress("Wrapping keys anew") as told:
        done = opened.rotate(told)
    current = keyring(program.settings).current
    click.echo(f"{done.subject_keys} keys of persons and {done.secrets} secrets were wrapped anew, under {current}.")
