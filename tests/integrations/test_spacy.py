import spacy

import emoticare.integrations.spacy  # noqa: F401 - registers the component

TEXTS = ["so happy", "i hate it", ""]


def test_documents_get_their_emotions(tiny, tiny_model_folder, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("emoticare", config={"model": str(tiny_model_folder)})
    expected = tiny.predict(TEXTS)
    assert [nlp(text)._.emotions for text in TEXTS] == expected
    assert [doc._.emotions for doc in nlp.pipe(TEXTS)] == expected
    nlp.to_disk(tmp_path / "pipeline")
    assert spacy.load(tmp_path / "pipeline")("so happy")._.emotions == expected[0]


def test_it_may_abstain(tiny_model_folder):
    nlp = spacy.blank("en")
    config = {"model": str(tiny_model_folder), "threshold": 0.0, "abstain": True}
    nlp.add_pipe("emoticare", config=config)
    found = [nlp("?"), *nlp.pipe(["?", "so happy"])]
    assert [len(doc._.emotions.labels) for doc in found] == [0, 0, 28]


def test_a_threshold(tiny, tiny_model_folder, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("emoticare", config={"model": str(tiny_model_folder), "threshold": {"joy": 0.0}})
    expected = tiny.predict(TEXTS, threshold={"joy": 0.0})
    assert [doc._.emotions for doc in nlp.pipe(TEXTS)] == expected
    nlp.to_disk(tmp_path / "pipeline")
    assert spacy.load(tmp_path / "pipeline")("so happy")._.emotions == expected[0]
