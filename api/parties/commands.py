"""What may be done to organisations: one endpoint for every command that is declared."""

from collections.abc import Mapping, Sequence

from flask_smorest import Blueprint

from api.commanding import add_command
from domain.kernel.commands import COMMANDS
from domain.kernel.refusals import Refusal
from domain.parties import organisation as no

REFUSALS: Mapping[str, Sequence[type[Refusal]]] = {
    "organisation.register": (no.OrganisationAlreadyRegistered,),
    "organisation.add_member": (no.NotRegistered, no.MemberAlreadyAdded),
}
"""What the rules of each command may say, for its documentation; a test compares it with what they do say."""

blueprint = Blueprint("organisations", __name__, url_prefix="/v1", description="Organisations and their members.")

for name in REFUSALS:
    add_command(blueprint, "/organisations", COMMANDS[name], REFUSALS[name], creates=name == "organisation.register")
