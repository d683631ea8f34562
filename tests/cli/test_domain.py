import json

TEXT = "i feel joy today"


def test_a_command_reads_in_a_domain(two_domains, tmp_path, emoticare):
    two_domains.save(tmp_path / "model")
    command = ("predict", TEXT, "--model", tmp_path / "model", "--format", "jsonl")
    default, reddit = emoticare(*command), emoticare(*command, "--domain", "reddit")
    assert json.loads(default.out)["scores"] != json.loads(reddit.out)["scores"]
    unknown = emoticare(*command, "--domain", "news")
    assert (unknown.code, unknown.out) == (2, "")
    assert "everyday, reddit" in unknown.err


def test_info_says_which_constants_a_model_brings(emoticare, tiny_model_folder):
    assert "fitted      documents, groups, default policy" in emoticare("info").out
    plain = " ".join(emoticare("info", "--model", tiny_model_folder).out.split())
    assert "documents as their strongest sentence" in plain
    assert "default policy at 0.5 and 0.8" in plain
