"""The `work` view: what the debates were made of and what that cost, by turn, ruling, call, seat, day and reason."""

from zamaz.views.work.view import WorkView

__all__ = ["WorkView"]
