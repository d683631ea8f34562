from emoticare.server.keys.key_file import digest, read_key_file


def test_a_key_and_its_lines(emoticare, tmp_path):
    answer = emoticare("serve-key", "web-shop")
    key = answer.err.split()[-1]
    assert answer.code == 0
    assert key not in answer.out
    file = tmp_path / "keys.toml"
    file.write_text(answer.out + emoticare("serve-key", "b").out)
    first, second = read_key_file(file)
    assert (first.name, first.digest) == ("web-shop", digest(key))
    assert second.name == "b"


def test_a_name_that_no_file_can_hold(emoticare):
    answer = emoticare("serve-key", "web shop")
    assert (answer.code, answer.out) == (2, "")
    assert "name" in answer.err
