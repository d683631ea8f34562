import tomllib

from hypothesis import given
from hypothesis import strategies as st

from emoticare.meaning.moderation.toml_lines import key_lines

DOCUMENT = '''\
schema = 1   # a comment

[categories]
[categories.a]
words = """
flag = 1
[categories.b]
"""
"quoted key" = [
  1,  # [x]
  2,
]
inner.dotted = {x = 1}
[[rows]]
x = 1
[[rows]]
x = 2
'''


def test_each_key_stands_where_it_begins():
    assert key_lines(DOCUMENT) == {
        ("schema",): 1,
        ("categories",): 3,
        ("categories", "a"): 4,
        ("categories", "a", "words"): 5,
        ("categories", "a", "quoted key"): 9,
        ("categories", "a", "inner"): 13,
        ("categories", "a", "inner", "dotted"): 13,
        ("categories", "a", "inner", "dotted", "x"): 13,
        ("rows",): 14,
        ("rows", "x"): 15,
    }


names = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
values = st.sampled_from(["1", '"x"', "[\n1,\n2]", '"""\n[a]\nb = 1\n"""', "{c = 1}", "'''\n'''"])


@given(st.lists(st.tuples(st.sampled_from(["\n", "# c\n", ""]), names, values)))
def test_every_key_of_any_document_has_a_line(items):
    document = "".join(f"{gap}{name}{i} = {value}\n" for i, (gap, name, value) in enumerate(items))
    found = key_lines(document)
    lines = document.split("\n")
    for name in tomllib.loads(document):
        assert lines[found[(name,)] - 1].startswith(f"{name} = ")
