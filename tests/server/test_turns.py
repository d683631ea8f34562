from hypothesis import given
from hypothesis import strategies as st

from emoticare.server.turns import Turns

CLIENTS = st.lists(st.sampled_from("abcd"), max_size=20)


def filled(clients) -> tuple[Turns[int], dict[int, str]]:
    turns: Turns[int] = Turns()
    client_of = dict(enumerate(clients))
    for item, client in client_of.items():
        turns.add(client, item)
    return turns, client_of


def served(turns, client_of, n) -> list[int]:
    """The items of the next turns, each of which goes when it has had its turn."""
    items = []
    for _ in range(n):
        item = turns.first()
        turns.advance()
        turns.remove(client_of[item], item)
        items.append(item)
    return items


@given(clients=CLIENTS)
def test_every_item_has_a_turn_and_each_client_its_own_order(clients):
    turns, client_of = filled(clients)
    items = served(turns, client_of, len(clients))
    assert not turns
    for client in set(clients):
        own = [item for item in items if client_of[item] == client]
        assert own == sorted(own)
    # No client has a second turn before each has had its first.
    assert len({client_of[item] for item in items[: len(set(clients))]}) == len(set(clients))


@given(clients=CLIENTS, removed=st.sets(st.integers(0, 19)))
def test_iteration_gives_all_items_and_begins_with_the_first(clients, removed):
    turns, client_of = filled(clients)
    for item in removed & client_of.keys():
        turns.remove(client_of[item], item)
        turns.remove(client_of[item], item)
    left = client_of.keys() - removed
    assert sorted(turns) == sorted(left)
    assert bool(turns) == bool(left)
    if left:
        assert next(iter(turns)) == turns.first()
        n_clients = len({client_of[item] for item in left})
        assert len({client_of[item] for item in list(turns)[:n_clients]}) == n_clients


def test_a_client_with_many_requests_does_not_outvote_those_with_few():
    turns, client_of = filled("aaaaaabbc")
    assert "".join(client_of[item] for item in served(turns, client_of, 9)) == "abcabaaaa"


def test_an_item_that_stays_is_the_last_of_its_client():
    turns, _ = filled("aab")
    firsts = []
    for _ in range(6):
        firsts.append(turns.first())
        turns.advance()
    assert firsts == [0, 2, 1, 2, 0, 2]
    assert list(turns) == [1, 2, 0]


def test_newcomers_pass_those_that_wait_again_every_other_time():
    turns, client_of = filled("ab")
    for _ in range(2):
        turns.advance()
    for item, client in enumerate("cde", start=2):
        turns.add(client, item)
        client_of[item] = client
    assert "".join(client_of[item] for item in served(turns, client_of, 5)) == "acbde"
