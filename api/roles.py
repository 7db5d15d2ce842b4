"""Who may do what: one table of roles, and the questions that may be asked."""

from collections.abc import Mapping
from enum import StrEnum

from domain import declared


class Question(StrEnum):
    """What may be asked."""

    EQUIPMENT = "equipment.read"
    """Items: state, history, differences, and every list of items."""
    MODELS = "model.read"
    """Models and bulletins: what makers say of their designs."""
    ORGANISATIONS = "organisation.read"
    FACTS = "fact.read"
    """Facts as they are on record, personal fields shut."""
    PERSONAL = "personal.read"
    """Names and e-mail addresses of members."""
    OPERATIONS = "operations.read"
    """How the server is doing: metrics and lag."""
    KEYS = "key.manage"
    """Issuing, listing and revoking API keys."""


class Role(StrEnum):
    """What the bearer of an API key does. Others follow with the facts that they need."""

    ADMINISTRATOR = "administrator"
    """Everything of its organisation, or of all."""
    MANUFACTURER = "manufacturer"
    """Makes, registers, releases and certifies; stands behind the item until its end."""
    OPERATOR = "operator"
    """Runs items: receives, installs, commissions, reports, repairs, takes out of service."""
    INTEGRATOR = "integrator"
    """A system that records for its organisation whatever people recorded elsewhere."""
    AUDITOR = "auditor"
    """Reads everything but what is personal, and changes nothing."""


_READS = frozenset({Question.EQUIPMENT, Question.MODELS, Question.ORGANISATIONS, Question.FACTS})
_RUNNING = frozenset(
    {
        "equipment.stock",
        "equipment.ship",
        "equipment.deliver",
        "equipment.lend",
        "equipment.move",
        "equipment.transfer_ownership",
        "equipment.report_loss",
        "equipment.report_finding",
        "equipment.record_certificate_expiry",
        "equipment.install",
        "equipment.remove",
        "equipment.install_unit",
        "equipment.exchange_unit",
        "equipment.remove_unit",
        "equipment.commission",
        "equipment.lay_up",
        "equipment.return_to_service",
        "equipment.change_operational_state",
        "equipment.measure_condition",
        "equipment.report_failure",
        "equipment.diagnose_failure",
        "equipment.fit_meter",
        "equipment.record_meter_reading",
        "equipment.correct_meter_reading",
        "equipment.replace_meter",
        "equipment.report_period",
        "equipment.start_repair",
        "equipment.complete_repair",
        "equipment.order_option",
        "equipment.start_upgrade",
        "equipment.complete_upgrade",
        "equipment.apply_bulletin",
        "equipment.declare_bulletin_not_applicable",
        "equipment.declare_beyond_economic_repair",
        "equipment.decommission",
        "equipment.dispose",
        "error.declare",
    }
)
_MAKING = frozenset(
    {
        "model.register",
        "model.revise_bill",
        "model.set_plan_template",
        "model.set_warranty_terms",
        "model.define_document_set",
        "model.discontinue",
        "bulletin.issue",
        "bulletin.withdraw",
        "equipment.release",
        "equipment.take_over",
        "equipment.certify",
        "equipment.refuse_certification",
        "equipment.issue_passport",
        "equipment.revise_passport",
        "equipment.authorise_refurbishment",
    }
)
_PEOPLE = frozenset({"organisation.add_member", Question.PERSONAL})

ALLOWED: Mapping[Role, frozenset[str]] = {
    Role.ADMINISTRATOR: frozenset(declared.commands()) | frozenset(Question),
    Role.MANUFACTURER: _READS | _MAKING | _RUNNING | _PEOPLE,
    Role.OPERATOR: _READS | _RUNNING | _PEOPLE,
    Role.INTEGRATOR: _READS | _MAKING | _RUNNING | _PEOPLE | {"organisation.register"},
    Role.AUDITOR: _READS | {Question.OPERATIONS},
}
"""Which commands (by permanent name) and questions each role may use. What is not named is not allowed."""
