"""What sets up, builds and checks the project; never part of the installed product.

`setup`, `build_ui` and `programs` run before anything is installed: standard library only.
"""
