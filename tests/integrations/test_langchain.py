from langchain_core.runnables import RunnableLambda

from emoticare.integrations.langchain import EmotionRunnable

TEXTS = ["so happy", "i hate it"]


def test_a_step_of_a_chain(tiny):
    emotions = EmotionRunnable(classifier=tiny)
    chain = RunnableLambda(str.lower) | emotions | RunnableLambda(lambda p: p.labels)
    expected = tiny.predict(TEXTS)
    assert chain.invoke("SO HAPPY") == expected[0].labels
    assert emotions.batch(TEXTS) == expected
    assert chain.batch(TEXTS) == [prediction.labels for prediction in expected]
    assert list(emotions.stream("so happy")) == [expected[0]]


def test_the_embedded_model_by_default():
    assert EmotionRunnable().invoke("Thanks a lot!").labels[0] == "gratitude"


def test_it_may_abstain():
    text = "Ich bin so stolz auf dich!"
    assert EmotionRunnable(threshold=0).invoke(text).labels
    abstaining = EmotionRunnable(threshold=0, abstain=True)
    assert abstaining.invoke(text).labels == abstaining.batch([text])[0].labels == []


def test_a_threshold(tiny):
    emotions = EmotionRunnable(classifier=tiny, threshold=0)
    expected = tiny.predict(TEXTS, threshold=0)
    assert [emotions.invoke(text) for text in TEXTS] == emotions.batch(TEXTS) == expected
