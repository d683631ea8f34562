"""Whose turn it is: clients one after another, and the requests of each one after another."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

_Item = TypeVar("_Item")
# The items of each client; both in the order of their turns.
_Clients: TypeAlias = OrderedDict[str, OrderedDict[_Item, None]]


class Turns(Generic[_Item]):
    """Items of clients in a fair order.

    A client has its turn, then all others have theirs, and each time it is for its next item. One
    that had nothing here before does not wait for all of them: newcomers take every other turn.

    Each operation, and each step of an iteration, takes the same time however many there are.
    """

    def __init__(self) -> None:
        self._newcomers: _Clients[_Item] = OrderedDict()
        self._regulars: _Clients[_Item] = OrderedDict()
        self._newcomers_are_next = True
        self._n_turns = 0
        # In which turn each client came, or had its last one.
        self._since: dict[str, int] = {}

    def __bool__(self) -> bool:
        """Return whether there is any item."""
        return bool(self._newcomers or self._regulars)

    def __iter__(self) -> Iterator[_Item]:
        """Give all items: the one whose turn it is, then one of each other client, and so on."""
        now, later = self._in_order()
        begun: deque[Iterator[_Item]] = deque()
        for items in chain(now.values(), later.values()):
            left = iter(items)
            yield next(left)
            begun.append(left)
        while begun:
            left = begun.popleft()
            for item in left:
                yield item
                begun.append(left)
                break

    def add(self, client: str, item: _Item) -> None:
        """Add an item that is not here yet, behind the others of its client."""
        clients = self._regulars if client in self._regulars else self._newcomers
        clients.setdefault(client, OrderedDict())[item] = None
        self._since.setdefault(client, self._n_turns)

    def remove(self, client: str, item: _Item) -> None:
        """Take an item away, if it is here."""
        for clients in (self._newcomers, self._regulars):
            if item in clients.get(client, ()):
                del clients[client][item]
                if not clients[client]:
                    del clients[client], self._since[client]

    def first(self) -> _Item:
        """Return the item whose turn it is; there must be one."""
        clients, _ = self._in_order()
        return next(iter(next(iter(clients.values()))))

    def advance(self) -> None:
        """End the turn of the first item: it now is the last of its client, and that of all."""
        clients, _ = self._in_order()
        self._newcomers_are_next = clients is self._regulars
        client, items = clients.popitem(last=False)
        items.move_to_end(next(iter(items)))
        self._regulars[client] = items
        self._n_turns += 1
        self._since[client] = self._n_turns

    def _in_order(self) -> tuple[_Clients[_Item], _Clients[_Item]]:
        are_newcomers_first = self._newcomers and (
            not self._regulars
            or self._newcomers_are_next
            # Who had a turn since they came goes after them.
            or self._since[next(iter(self._regulars))] > self._since[next(iter(self._newcomers))]
        )
        if are_newcomers_first:
            return self._newcomers, self._regulars
        return self._regulars, self._newcomers
