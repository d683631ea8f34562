import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from emoticare.errors import MissingExtraError
from emoticare.evaluation.evaluation_report import evaluate_probabilities
from emoticare.evaluation.plots import label_f1_figure, save_plots, threshold_sweep_figure
from emoticare.evaluation.slices import evaluate_slices
from emoticare.labels import LABELS

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
NAMES = ["label_f1", "precision_recall", "reliability", "threshold_sweep", "cooccurrence"]


def draw_case(n_texts, labels, *, empty_label=False):
    generator = np.random.default_rng(0)
    probabilities = generator.beta(0.3, 3.0, (n_texts, len(labels)))
    y_true = generator.random(probabilities.shape) < probabilities
    if empty_label:
        y_true[:, 0], probabilities[:, 0] = False, 0.0
    thresholds = np.full(len(labels), 0.3)
    report = evaluate_probabilities(y_true, probabilities, labels, 0.3, thresholds, n_bootstrap=20)
    masks = {"all": np.ones(n_texts, dtype=bool), "no_text": np.zeros(n_texts, dtype=bool)}
    return y_true, probabilities, report, evaluate_slices(y_true, probabilities, thresholds, masks)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation") / "plots"
    y_true, probabilities, report, slices = draw_case(400, LABELS, empty_label=True)
    return folder, save_plots(y_true, probabilities, report, folder, slices=slices)


class Tags(HTMLParser):
    """Collects tags, and checks that each one is closed."""

    VOID = ("meta", "img")

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_every_figure_is_a_png_and_nothing_else_is_left(saved):
    folder, paths = saved
    assert [path.name for path in paths] == [*(f"{name}.png" for name in NAMES), "index.html"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths)
    for path in paths[:-1]:
        content = path.read_bytes()
        assert content.startswith(PNG_SIGNATURE)
        assert len(content) > 10_000


def test_page_needs_nothing_from_elsewhere(saved):
    page = saved[1][-1].read_text(encoding="utf-8")
    assert "http:" not in page
    assert "https:" not in page
    tags = Tags()
    tags.feed(page)
    assert not tags.open
    assert not {tag for tag, _ in tags.seen} & {"link", "script", "iframe"}
    images = [attributes for tag, attributes in tags.seen if tag == "img"]
    assert len(images) == len(NAMES)
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in images)
    assert all(image["alt"] for image in images)


def test_page_has_a_row_for_each_label_and_slice(saved):
    page = saved[1][-1].read_text(encoding="utf-8")
    for name in (*LABELS, "all", "no text", "Macro-F1 at 0.3"):
        assert f'<th scope="row">{name}</th>' in page
    assert "0.4019" in page
    assert "nan" not in page.replace("data:image", "").split("<figure>")[0]


def test_names_are_escaped_and_few_labels_and_texts_do(tmp_path):
    y_true, probabilities, report, _ = draw_case(12, ["<b>", "&"])
    page = save_plots(y_true, probabilities, report, tmp_path)[-1].read_text(encoding="utf-8")
    assert "<b>" not in page
    assert '<th scope="row">&lt;b&gt;</th>' in page
    assert "Kinds of text" not in page


def test_same_inputs_same_bytes(tmp_path):
    y_true, probabilities, report, _ = draw_case(50, ["joy", "fear"])
    first = save_plots(y_true, probabilities, report, tmp_path / "a")
    second = save_plots(y_true, probabilities, report, tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_figures_need_no_pyplot_and_leave_the_users_settings_alone(monkeypatch):
    import matplotlib as mpl

    def settings():
        # Reading the backend would choose one, and import pyplot for it.
        return {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}

    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    before = settings()
    y_true, probabilities, report, _ = draw_case(50, ["joy", "fear"])
    label_f1_figure(report)
    threshold_sweep_figure(y_true, probabilities, 0.3)
    assert settings() == before


def test_missing_matplotlib_names_the_extra(monkeypatch):
    _, _, report, _ = draw_case(50, ["joy", "fear"])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"emoticare\[plots\]"):
        label_f1_figure(report)


def test_a_label_is_no_formula(tmp_path):
    y_true, probabilities, report, _ = draw_case(60, ["$\\foo$ x", "100 $", "plain"])
    assert len(save_plots(y_true, probabilities, report, tmp_path)) == len(NAMES) + 1
