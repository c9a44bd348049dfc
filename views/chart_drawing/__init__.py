"""Draw charts as PNG pictures, in a process of its own: `python -m views.chart_drawing`.

Nothing outside this package imports Pillow, and the bot imports nothing of this package.
"""
