from emoticare.server.processes.board import Board


def test_who_has_fewer_connections_takes_the_next(tmp_path):
    board, same = (Board(tmp_path / "board", 3) for _ in range(2))
    assert not board.serves()
    assert board.is_in_turn(0, 100)  # alone
    same.tell(1, 8)
    assert board.serves()
    assert board.is_in_turn(0, 8)
    assert board.is_in_turn(0, 9)  # about as many
    assert not board.is_in_turn(0, 10)
    same.rest(1)
    assert board.is_in_turn(0, 10)


def test_who_runs(tmp_path):
    board, same = (Board(tmp_path / "board", 2) for _ in range(2))
    board.enter(0, 11)
    board.enter(1, 12)
    assert list(same.pids()) == [11, 12]
    board.tell(0, 0)
    board.leave(0)
    assert list(same.pids()) == [12]
    assert not same.serves()
