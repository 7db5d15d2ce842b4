"""States: frozen, and changed by making another one."""

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import replace as changed
else:
    _State = TypeVar("_State")
    _new = object.__new__

    def changed(state: _State, **changes: Any) -> _State:
        """Return the state with some fields changed: `dataclasses.replace` for states without slots.

        It is the inner loop of every fold, and ten times as fast as `replace`, which makes every field anew.
        """
        made = _new(type(state))
        fields = made.__dict__
        fields.update(state.__dict__)
        fields.update(changes)
        return made


__all__ = ["changed"]
