"""Settings of the documentation: see `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import asynet  # noqa: E402
from asynet.study.keys import keys  # noqa: E402

project = "asynet"
author = "the asynet developers"
copyright = "the asynet developers"
release = version = asynet.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery/README.md", "gallery/GALLERY_HEADER.rst", "gallery/*.py"]
html_theme = "pydata_sphinx_theme"
html_title = "asynet"
html_static_path = ["_static"]
html_extra_path = ["live_quick.html"]  # a page of its own, which docs/index.md shows
html_css_files = ["own.css"]
html_show_sphinx = False
html_theme_options = {
    "show_prev_next": True,
    "navigation_depth": 2,
    "show_toc_level": 2,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}

# The pages are plain Markdown, so that they read as well beside the code.
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"  # the numpydoc sections give types and shapes
autodoc_member_order = "bysource"
add_module_names = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Each script says how long it takes and is run by the tests; its picture lies beside it.
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "_built/gallery",
    "filename_pattern": r"^$",
    "plot_gallery": False,
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 10_000,
    "write_computation_times": False,
    "show_signature": False,
    "within_subsection_order": "FileNameSortKey",
}


def _write_keys(app: object) -> None:
    """Write the page of all keys of a study, from the schema that checks studies."""
    blocks: dict[str, list[str]] = {}
    for key in keys():
        block = key.path.partition(".")[0] if "." in key.path else "The study itself"
        text = f"`{key.path}`\n: {key.description}\n\n  *Allowed:* {key.allowed}."
        text += f" *Default:* {key.default}.\n"
        blocks.setdefault(block, []).append(text)
    lines = [
        "# Keys of a study\n",
        "NAME stands for the name of a population, 0 for the number of a projection, counted from"
        " 0. The [glossary](../glossary.md) explains the words; `asynet keys` prints this list.\n",
    ]
    for block, texts in blocks.items():
        lines += [f"## {block}\n", *texts]
    page = HERE / "_built" / "keys.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text("\n".join(lines))


def setup(app: object) -> None:
    """Make what is generated before pages are read."""
    app.connect("builder-inited", _write_keys)  # type: ignore[attr-defined]
