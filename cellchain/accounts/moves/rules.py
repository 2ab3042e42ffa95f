"""When somebody may move from roles to other roles. Pure."""

from collections.abc import Collection

from cellchain.accounts.rules import Role
from cellchain.kernel.errors import Refused


def may_move(
    person: str, by: str, *, works: bool, ends: Collection[Role], begins: Collection[Role], held: Collection[Role]
) -> None:
    """Whether `by` may move `person`. `held` is what was given to them and not taken away. Raises Refused."""
    if person == by:
        raise Refused("move.own", "Nobody moves themselves. Ask another administrator.")
    if not works:
        raise Refused("move.not_at_work", "This account is locked, over or closed. Nobody moves with it.")
    if not ends and not begins:
        raise Refused("move.nothing", "Nothing was chosen. Choose a role that ends, or one that begins.")
    if set(ends) & set(begins):
        raise Refused("move.same_role", "A role cannot end and begin in one move. Choose it once.")
    if not set(ends) <= set(held):
        raise Refused("role.not_held", "This person does not hold that role. Nothing was changed.")
    if set(begins) & set(held):
        raise Refused("move.held_already", "This person holds one of the new roles already. Leave that one out.")
