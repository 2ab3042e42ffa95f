"""Second factors on their way in: tickets between two steps of signing in, and what passkeys prove."""

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cellchain.accounts.second_factor import ceremony, challenges, commands, passkeys, queries
from cellchain.accounts.second_factor.ceremony import RelyingParty
from cellchain.accounts.second_factor.challenges import Taken
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.write import WriteTx


class Prover:
    """Puts questions and looks at answers; each use of a factor is a command of the house, with its entry."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @property
    def party(self) -> RelyingParty:
        """This house as passkeys know it."""
        house = self._runner.database.house
        return ceremony.relying_party(house.public_url, house.site_name)

    # -- codes -------------------------------------------------------------------------------------------------------

    def ticket(self, person: str, tried: str) -> str:
        """Stands for a password that was right, until the code comes. `tried` is where wrong codes count."""
        put = self._put(challenges.CODE, person=person, bound=tried)
        return urlsafe_b64encode(put).decode()

    def holder(self, ticket: str) -> Taken:
        """Whose ticket this is; it stays. Raises Refused `passkey.expired`."""
        challenge = _bytes(ticket)
        found = self._runner.outside(lambda tx: challenges.look(tx, challenge, challenges.CODE))
        if found is None:
            raise challenges.expired()
        return Taken(found.person, found.bound)

    def use_code(self, person: str, code: str, ticket: str | None = None) -> None:
        """A code of the person's phone or paper, which counts once. Raises Refused `second_factor.code_wrong`."""
        self._house(commands.use_code, commands.UseCode(person=person, code=code), person)
        if ticket is not None:
            challenge = _bytes(ticket)
            self._runner.outside(lambda tx: challenges.take(tx, challenge, challenges.CODE, person=person))

    # -- passkeys ----------------------------------------------------------------------------------------------------

    def asks_to_add(self, person: str, username: str, name: str) -> dict[str, Any]:
        """What the browser is asked when somebody adds a passkey."""
        with self._runner.database.read() as tx:
            have = [row.credential for row in queries.passkeys_of(tx, person)]
        challenge = self._put(challenges.ADD, person=person)
        return ceremony.asks_to_add(self.party, challenge, person=person, username=username, name=name, have=have)

    def asks_who(self) -> dict[str, Any]:
        """What a browser is asked when nobody has said yet who they are."""
        return ceremony.asks_to_prove(self.party, self._put(challenges.PROVE))

    def asks_signer(self, person: str, act: str) -> dict[str, Any] | None:
        """What the signer's browser is asked about this act alone; None where they have no passkey."""
        with self._runner.database.read() as tx:
            have = [row.credential for row in queries.passkeys_of(tx, person)]
        if not have or not self.party.is_usable:
            return None
        return ceremony.asks_to_prove(self.party, self._put(challenges.SIGN, person=person, bound=act), have)

    def prove(self, answer: str, purpose: str, *, person: str | None = None, act: str | None = None) -> str:
        """Whose passkey answered. Raises Refused `passkey.malformed`, `.expired`, `.unknown`, `.not_verified`."""
        challenge, credential = ceremony.challenge_in(answer), ceremony.credential_in(answer)
        self._runner.outside(lambda tx: challenges.take(tx, challenge, purpose, person=person, bound=act))
        with self._runner.database.read() as tx:
            row = tx.one(queries.PASSKEY, credential=credential)
        if row is None or (person is not None and row.person != person):
            raise Refused("passkey.unknown", "This passkey is not known here. Sign in with your password.")
        count = ceremony.proved(self.party, answer, challenge, row.public_key, row.sign_count)
        order = passkeys.UsePasskey(passkey=row.id or 0, sign_count=count, purpose=purpose)
        self._house(passkeys.use_passkey, order, row.person)
        return row.person

    # -- both --------------------------------------------------------------------------------------------------------

    def _put(self, purpose: str, *, person: str | None = None, bound: str | None = None) -> bytes:
        def put(tx: WriteTx) -> bytes:
            return challenges.put(tx, purpose, person=person, bound=bound)

        return bytes(self._runner.outside(put))

    def _house(self, function: Callable[..., Any], order: Order, person: str) -> None:
        call = Call(command_of(function), order, Actor(person), str(uuid.uuid4()), by_house=True)
        self._runner.run(call).result()


def _bytes(ticket: str) -> bytes:
    try:
        return urlsafe_b64decode(ticket.encode())
    except ValueError:
        return b""
