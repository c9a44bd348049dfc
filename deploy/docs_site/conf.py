"""Settings of Sphinx for the documentation site."""

from importlib.metadata import version as installed_version

project = "digestbot"
author = "The digestbot contributors"
version = release = installed_version("digestbot")
extensions = ["myst_parser"]
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 4
myst_links_external_new_tab = True
suppress_warnings = ["misc.highlighting_failure"]  # Python with an ellipsis in it is shown all the same
html_theme = "furo"
html_title = f"digestbot {release}"
smartquotes = False  # they would make a dash of --fix
highlight_language = "text"
html_show_copyright = False
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {
        "font-stack": "system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', sans-serif"
    },
}
