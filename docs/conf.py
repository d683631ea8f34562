"""How Sphinx builds the site: `make docs`."""

from emoticare import __version__

project = "EmotiCare"
author = "The EmotiCare authors"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["accuracy.json"]
default_role = "code"

myst_heading_anchors = 3

autodoc_class_signature = "separated"
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Source"]
add_module_names = False
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = "EmotiCare"
html_logo = "../src/emoticare/server/page/icon.svg"
html_favicon = "../src/emoticare/server/page/icon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#5b3fd6",
        "color-brand-content": "#5b3fd6",
        "font-stack": "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, sans-serif",
    },
    "dark_css_variables": {
        "color-brand-primary": "#b4a2ff",
        "color-brand-content": "#b4a2ff",
    },
}
