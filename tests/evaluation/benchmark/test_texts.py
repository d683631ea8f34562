import pytest

from emoticare.errors import DataError, UsageError
from emoticare.evaluation.benchmark.texts import BUCKETS, BenchTexts, buckets_within, read_texts


def write_test_split(folder, n_texts):
    rows = [f"so happy day {i}\t27\tid{i}\n" for i in range(n_texts)]
    (folder / "test.tsv").write_text("".join(rows), encoding="utf-8")
    return folder


def test_made_up_texts_are_the_same_each_time_and_as_long_as_those_of_goemotions(embedded):
    texts = read_texts(None, embedded.artifact)
    assert texts == read_texts(None, embedded.artifact)
    assert "made up" in texts.source
    assert 18 < sum(texts.lengths) / len(texts.lengths) < 20.5
    assert min(texts.lengths) >= 3
    assert max(texts.lengths) <= 55
    assert len(set(texts.texts)) > 0.95 * len(texts.texts)


def test_texts_of_a_folder_are_all_there_in_another_order(tiny_artifact, tmp_path):
    texts = read_texts(write_test_split(tmp_path, 50), tiny_artifact)
    expected = [f"so happy day {i}" for i in range(50)]
    assert sorted(texts.texts) == sorted(expected)
    assert texts.texts != expected
    assert len(texts.lengths) == 50


def test_too_few_texts_and_no_texts_are_refused(tiny_artifact, tmp_path):
    with pytest.raises(UsageError, match="found 9"):
        read_texts(write_test_split(tmp_path, 9), tiny_artifact)
    with pytest.raises(DataError):
        read_texts(tmp_path / "nowhere", tiny_artifact)


def test_rounds_have_other_texts_for_as_long_as_there_are():
    texts = BenchTexts("", ["a", "b", "c", "d", "e"], [3] * 5)
    assert list(texts.rounds(2, 3)) == [["a", "b"], ["c", "d"], ["e", "a"]]


def test_buckets_join_up_and_none_is_longer_than_the_model_reads():
    assert buckets_within(512)[0] == (3, 16)
    assert buckets_within(512)[-1] == (257, 512)
    assert [most for _, most in buckets_within(512)] == list(BUCKETS)
    assert buckets_within(64) == [(3, 16), (17, 32), (33, 64)]
    assert buckets_within(12) == [(3, 12)]


@pytest.mark.parametrize("bucket", buckets_within(512), ids=str)
def test_a_bucket_has_texts_of_its_length_only(embedded, bucket):
    fewest, most = bucket
    texts = read_texts(None, embedded.artifact).of_length(fewest, most, 20)
    assert len(texts) == 20
    assert all(fewest <= len(text.input_ids) <= most for text in embedded.tokenize(texts))
