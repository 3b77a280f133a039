"""Links to photos in templates. A builtin library: no `{% load %}` is needed."""

from __future__ import annotations

from django import template

from .. import photos

register = template.Library()
register.simple_tag(photos.photo_url)


@register.simple_tag
def thumb_url(exhibit: photos.Exhibit) -> str:
    """The address of the 320 px copy of an exhibit."""
    return photos.photo_url(exhibit, photos.SMALL)


register.filter(photos.shown)
register.filter(photos.shown_all)
