"""Redrawing grids: a draft is edited, audited, compared with what is in force, and published or dropped. Policy: 7.1, 7.5.

Every edit is a step with what was before and after, so that it can be taken back. A draft is published only when the audit
finds nothing that nobody signed for, and only over the layer it began from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import shapely
from django.db import transaction
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal

from ..models import Area, DraftedGrid, DraftStep, GridDraft, GridKind, GridLayer, Level, SignedFault
from ..rules import topology
from ..rules.coverage import Audit, Finding
from ..rules.geometry import what_is_wrong
from ..services import ROWS_PER_STATEMENT, NewCell, audit_layer, city_outline, publish_layer
from .codes import codes_of_other_kinds, codes_once_used, free_code
from .overlays import newest_layers

# More grids than this are not redrawn in one step by hand or browser.
MOST_AT_ONCE = 400


class DraftClosed(Refusal):
    """Published or dropped drafts are not edited."""

    code = "territory.draft-closed"


class DraftOvertaken(Refusal):
    """Somebody else edited the draft, or published another one over the layer that it began from."""

    code = "territory.draft-overtaken"


@dataclass(frozen=True)
class DraftAudit:
    """The audit of a draft: what nobody signed for, and what somebody did. signs: every signature by the key of its finding."""

    audit: Audit
    open: list[Finding]
    signed: list[tuple[Finding, SignedFault]]
    signs: Mapping[str, SignedFault]

    @property
    def may_be_published(self) -> bool:
        return not self.open


@transaction.atomic
def open_draft(kind: str, *, name: str, by: Account | None, now: datetime) -> GridDraft:
    """Begin to redraw the layer in force of a kind; the first of a kind begins empty."""
    if kind not in GridKind.values:
        raise BadInput(_("请选块状、条形或者单位型网格。"))
    newest = next(iter(newest_layers([kind])), None)
    draft = GridDraft.objects.create(kind=kind, name=name.strip()[:60], based_on=newest, opened_by=by, opened_at=now)
    journal.record("territory.draft-opened", by=by, about=draft, now=now, kind=kind, name=draft.name)
    return draft


def cells_of_layer(layer: GridLayer | None) -> dict[str, NewCell]:
    """The grids of a layer by code."""
    if layer is None:
        return {}
    areas = Area.objects.filter(level=Level.COMMUNITY).defer("wkb").in_bulk()
    rows = layer.grids.order_by("code")
    return {one.code: NewCell(one.code, one.name, areas[one.community_id], _drawn(one.geometry)) for one in rows}


def cells_of(draft: GridDraft) -> dict[str, NewCell]:
    """The grids of a draft by code: those of the layer it began from, with what was changed."""
    cells = cells_of_layer(draft.based_on)
    for one in draft.drafted.select_related("community"):
        if one.removed:
            cells.pop(one.code, None)
        else:
            cells[one.code] = NewCell(one.code, one.name, one.community, _drawn(one.geometry))
    return dict(sorted(cells.items()))


def split_grid(
    draft: GridDraft, code: str, line: BaseGeometry, *, seen: int, by: Account | None, now: datetime, name: str = ""
) -> DraftStep:
    """切分: the line cuts a grid in two; the smaller part gets the next free code of its community."""

    def edit(cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        whole = _known(cells, code)
        new = free_code(whole.community, draft.kind, _taken(draft, cells, whole.community))
        shapes = _drawn_or_refused(lambda: topology.split(_shapes(cells), code, line, new))
        return _told(cells, shapes, {new: NewCell(new, name or (_("%(name)s（分出）") % {"name": whole.name})[:60], whole.community, whole.geometry)})

    return _step(draft, "split", edit, seen=seen, by=by, now=now)


def merge_grids(draft: GridDraft, keep: str, others: Sequence[str], *, seen: int, by: Account | None, now: datetime) -> DraftStep:
    """合并: grids of one community that touch become one, under the first code."""

    def edit(cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        ones = [_known(cells, code) for code in (keep, *others)]
        if len({one.code for one in ones}) < 2 or len({one.community.pk for one in ones}) > 1:
            raise BadInput(_("请选同一个社区里两个或更多相邻的网格。"))
        return _told(cells, _drawn_or_refused(lambda: topology.merge(_shapes(cells), keep, list(others))))

    return _step(draft, "merge", edit, seen=seen, by=by, now=now)


def reshape_grid(
    draft: GridDraft, code: str, wanted: BaseGeometry, *, seen: int, by: Account | None, now: datetime
) -> DraftStep:
    """改形: the grid gets this shape, and its neighbours give or take what differs."""

    def edit(cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        _known(cells, code)
        if draft.kind != GridKind.BLOCK:
            if wrong := what_is_wrong(wanted):
                raise BadInput(wrong)
            return _told(cells, {code: wanted})
        return _told(cells, _drawn_or_refused(lambda: topology.reshape(_shapes(cells), code, wanted, city_outline())))

    return _step(draft, "reshape", edit, seen=seen, by=by, now=now)


def move_point(
    draft: GridDraft, at: tuple[float, float], to: tuple[float, float], *, seen: int, by: Account | None, now: datetime
) -> DraftStep:
    """移动界点: a corner moves for every grid that has it."""
    return _step(
        draft, "move",
        lambda cells: _told(cells, _drawn_or_refused(lambda: topology.move_point(_shapes(cells), at, to))),
        seen=seen, by=by, now=now,
    )  # fmt: skip


def redraw(
    draft: GridDraft, shapes: Mapping[str, BaseGeometry], *, seen: int, by: Account | None, now: datetime
) -> DraftStep:
    """What the map's editor moved, all neighbours of it together. Kept as drawn: what it tears open the audit shows."""

    def edit(cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        for code, shape in shapes.items():
            _known(cells, code)
            if wrong := what_is_wrong(shape):
                raise BadInput(_("网格 %(code)s：%(defect)s") % {"code": code, "defect": wrong})
        return _told(cells, dict(shapes))

    if len(shapes) > MOST_AT_ONCE:
        raise BadInput(_("一次最多改 %(count)d 个网格，请分几次保存。") % {"count": MOST_AT_ONCE})
    return _step(draft, "redraw", edit, seen=seen, by=by, now=now)


def rename_grid(draft: GridDraft, code: str, name: str, *, seen: int, by: Account | None, now: datetime) -> DraftStep:
    """改名."""

    def edit(cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        one = _known(cells, code)
        return {code: NewCell(code, name.strip()[:60], one.community, one.geometry)}

    return _step(draft, "rename", edit, seen=seen, by=by, now=now)


def add_grid(
    draft: GridDraft, community: Area, shape: BaseGeometry, *, name: str, seen: int, by: Account | None, now: datetime
) -> DraftStep:
    """画一个新的: a strip or a unit over the blocks, or ground that no block has yet."""

    def edit(cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        if wrong := what_is_wrong(shape):
            raise BadInput(wrong)
        code = free_code(community, draft.kind, _taken(draft, cells, community))
        return {code: NewCell(code, name.strip()[:60], community, shape)}

    return _step(draft, "add", edit, seen=seen, by=by, now=now)


def replace_grids(
    draft: GridDraft, act: str, new: Sequence[NewCell], *, instead_of: Sequence[str], seen: int, by: Account | None, now: datetime,
    knit: bool = True,
) -> DraftStep:  # fmt: skip
    """Grids that were imported or proposed take the place of others, in one step that can be taken back.

    knit: give what is beside them their points; not for a whole version, which fits as it is.
    """

    def edit(cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        after: dict[str, NewCell | None] = {**dict.fromkeys(instead_of), **{cell.code: cell for cell in new}}
        left = {code: cell for code, cell in {**cells, **after}.items() if cell is not None}
        if knit and draft.kind == GridKind.BLOCK:  # what is beside them gets their points, or the first edit would tear the border open
            after |= _told(left, topology.knit(_shapes(left), [cell.code for cell in new]))
        return after

    return _step(draft, act, edit, seen=seen, by=by, now=now)


def undo_step(draft: GridDraft, *, seen: int, by: Account | None, now: datetime) -> DraftStep:
    """撤销上一步: the newest step that was not taken back yet."""
    done = list(DraftStep.objects.filter(draft=draft).order_by("-number"))
    undone = {one.undoes for one in done if one.undoes}
    last = next((one for one in done if one.undoes is None and one.number not in undone), None)
    if last is None:
        raise BadInput(_("没有可以撤销的改动。"))
    areas = Area.objects.in_bulk({one["community"] for pair in last.changes.values() for one in pair if one})

    def edit(_cells: dict[str, NewCell]) -> dict[str, NewCell | None]:
        return {code: _read(code, before, areas) for code, (before, _after) in last.changes.items()}

    return _step(draft, "undo", edit, seen=seen, by=by, now=now, undoes=last.number)


def audit_draft(draft: GridDraft, cells: Mapping[str, NewCell] | None = None) -> DraftAudit:
    """Everything wrong with the draft, codes that another kind in force has among it, and what somebody signed for."""
    ones = list((cells if cells is not None else cells_of(draft)).values())
    audit = audit_layer(draft.kind, ones, within_communities=True, beside=codes_of_other_kinds(draft.kind))
    signed = signs_of(draft)
    return DraftAudit(
        audit, [one for one in audit.findings if one.key not in signed],
        [(one, signed[one.key]) for one in audit.findings if one.key in signed], signed,
    )  # fmt: skip


def signs_of(draft: GridDraft) -> dict[str, SignedFault]:
    """Who signed for what, of faults of the borders and of what the draft would open, by the key of the finding."""
    return {one.key: one for one in draft.signed.select_related("by")}


@transaction.atomic
def sign_for(draft: GridDraft, key: str, *, why: str, by: Account, now: datetime) -> SignedFault:
    """例外签认: this finding may stay, for this reason, and this person answers for it."""
    draft = locked(draft)
    found = next((one for one in audit_draft(draft).open if one.key == key), None)
    if found is None:
        raise BadInput(_("这一处已经没有了，或者已经签认过。刷新页面看最新情况。"))
    return keep_signature(draft, key, found.fault.value, found.area_m2, list(found.codes), why=why, by=by, now=now)


@transaction.atomic
def keep_signature(
    draft: GridDraft, key: str, fault: str, area_m2: float, codes: list[str], *, why: str, by: Account, now: datetime
) -> SignedFault:
    """Write down who answers for a finding, of the audit or of the closure proof (`responsibilities.regridding`)."""
    draft = locked(draft)
    if not why.strip():
        raise BadInput(_("请写明为什么可以保留。"))
    made = SignedFault.objects.create(
        draft=draft, key=key, fault=fault, area_m2=area_m2, why=why.strip()[:200], by=by, at=now
    )
    journal.record(
        "territory.fault-signed", by=by, about=draft, now=now, fault=fault, codes=codes, area_m2=round(area_m2, 1), why=made.why
    )
    return made


def publish_draft(draft: GridDraft, *, by: Account, now: datetime, seen: int | None = None) -> GridLayer:
    """公布: the draft becomes the next version, and everything in the grids follows. Policy: 7.2, 7.5.

    What it would leave to nobody is asked downstream: people publish by `responsibilities.regridding.publish_redrawn`, which
    says of how many steps it asked (seen).
    Raises BadInput for findings nobody signed for, DraftOvertaken when another version came in between.
    """
    draft = GridDraft.objects.get(pk=draft.pk)
    if not draft.is_open:
        raise _closed()
    if seen is not None and draft.steps_count != seen:
        raise DraftOvertaken(_("审核的时候有人又改了这份草稿，没有公布。请看最新的审核再公布。"))
    cells = list(cells_of(draft).values())
    checked = audit_draft(draft)
    if checked.open:
        raise BadInput(
            _("还有 %(count)d 处没有改好也没有签认，不能公布。请看审核清单。") % {"count": len(checked.open)}
        )
    _refuse_overtaken(draft)
    return publish_layer(
        kind=draft.kind, cells=cells, by=by, now=now, note=draft.name, signed={one.key for one, _sign in checked.signed},
        synthetic=bool(draft.based_on and draft.based_on.synthetic), and_then=partial(_close, draft),
    )  # fmt: skip


def _close(draft: GridDraft, layer: GridLayer) -> None:
    """In the layer's own transaction. The audit took its seconds outside of it: whoever edited or published meanwhile was first."""
    found = locked(draft)
    if found.steps_count != draft.steps_count:
        raise DraftOvertaken(_("审核的时候有人又改了这份草稿，没有公布。请看最新的审核再公布。"))
    _refuse_overtaken(found, but=layer)
    found.published_as = layer
    found.save(update_fields=["published_as"])


@transaction.atomic
def discard_draft(draft: GridDraft, *, by: Account, now: datetime) -> GridDraft:
    """放弃: nothing of it comes into force; it stays readable."""
    draft = locked(draft)
    draft.discarded_at = now
    draft.save(update_fields=["discarded_at"])
    journal.record("territory.draft-discarded", by=by, about=draft, now=now)
    return draft


def restore_layer(layer: GridLayer, *, by: Account, now: datetime) -> GridLayer:
    """退回旧版: a former version is published again as a new one; the one between stays in the history."""
    if layer.published_at is None or layer.pk == _newest(layer.kind):
        raise BadInput(_("这一版就是现行的，不用退回。"))
    if left := faults_by_today(layer):
        raise BadInput(_("按今天的边界，第 %(version)d 版有 %(count)d 处没有签认过，不能直接退回。请开成草稿逐处改好或签认。")
                       % {"version": layer.version, "count": len(left)})  # fmt: skip
    cells, signed = list(cells_of_layer(layer).values()), set(_signed_with(layer))
    note = _("退回第 %(version)d 版") % {"version": layer.version}
    return publish_layer(kind=layer.kind, cells=cells, by=by, now=now, note=note, synthetic=layer.synthetic, signed=signed)


def faults_by_today(layer: GridLayer) -> list[Finding]:
    """What is wrong with a former version by the city and communities of today, but for what was signed for with it."""
    signed = _signed_with(layer)
    findings = audit_layer(layer.kind, list(cells_of_layer(layer).values()), within_communities=True).findings
    return [one for one in findings if one.key not in signed]


def _signed_with(layer: GridLayer) -> dict[str, SignedFault]:
    return {one.key: one for one in SignedFault.objects.filter(draft__published_as=layer)}


@transaction.atomic
def draft_of_version(layer: GridLayer, *, by: Account, now: datetime) -> GridDraft:
    """A draft that is a former version once more, to be looked through before it is published."""
    made = open_draft(layer.kind, name=_("退回第 %(version)d 版") % {"version": layer.version}, by=by, now=now)
    wanted, today = cells_of_layer(layer), cells_of_layer(made.based_on)
    other = [cell for code, cell in wanted.items() if code not in today or not _same(cell, today[code])]
    gone = [code for code in today if code not in wanted]
    return replace_grids(made, "restore", other, instead_of=gone, seen=0, by=by, now=now, knit=False).draft


def layer_in_force(kind: str) -> GridLayer | None:
    """The newest version of a kind."""
    return next(iter(newest_layers([kind])), None)


def _same(one: NewCell, other: NewCell) -> bool:
    return one.name == other.name and bool(shapely.equals_exact(one.geometry, other.geometry))


# --- how a step is made ----------------------------------------------------------------------------------------------


@transaction.atomic
def _step(
    draft: GridDraft, act: str, edit: Callable[[dict[str, NewCell]], dict[str, NewCell | None]], *, seen: int,
    by: Account | None, now: datetime, undoes: int | None = None,
) -> DraftStep:  # fmt: skip
    """One edit: lock, check that nobody was quicker, change, write it down. seen: the steps that the person had seen."""
    draft = locked(draft)
    if draft.steps_count != seen:
        raise DraftOvertaken(_("别人刚改过这份草稿，您的这一步没有存。请看最新的图再画。"))
    cells = cells_of(draft)
    after = edit(cells)
    if not after:
        raise BadInput(_("和原来一样，没有要改的。"))
    _keep(draft, after, cells)
    draft.steps_count += 1
    draft.save(update_fields=["steps_count"])
    changes = {code: [_written(cells.get(code)), _written(cell)] for code, cell in after.items()}
    step = DraftStep.objects.create(
        draft=draft, number=draft.steps_count, act=act, changes=changes, undoes=undoes, by=by, at=now
    )
    journal.record("territory.draft-edited", by=by, about=draft, now=now, act=act, step=step.number, codes=sorted(after)[:20])
    return step


def _keep(draft: GridDraft, after: Mapping[str, NewCell | None], before: Mapping[str, NewCell]) -> None:
    """What the draft has from now on, in place of what it had: a whole version comes in by few statements."""
    rows = []
    for code, cell in after.items():
        if (told := cell or before.get(code)) is not None:
            row = DraftedGrid(draft=draft, code=code, name=told.name, community=told.community, removed=cell is None)
            row.set_geometry(told.geometry)
            rows.append(row)
    told_of_each = ["name", "community", "removed", "wkb", "min_lon", "min_lat", "max_lon", "max_lat"]
    DraftedGrid.objects.bulk_create(
        rows, batch_size=ROWS_PER_STATEMENT, update_conflicts=True, unique_fields=["draft", "code"], update_fields=told_of_each
    )


def locked(draft: GridDraft) -> GridDraft:
    """The draft, held until the transaction ends. Raises DraftClosed."""
    found = GridDraft.objects.select_for_update().get(pk=draft.pk)
    if not found.is_open:
        raise _closed()
    return found


def _closed() -> DraftClosed:
    return DraftClosed(_("这份草稿已经公布或者放弃了，不能再改。要改请另开一份。"))


def _newest(kind: str) -> int | None:
    return next((layer.pk for layer in newest_layers([kind])), None)


def _refuse_overtaken(draft: GridDraft, but: GridLayer | None = None) -> None:
    """but: the layer that is being published just now."""
    others = GridLayer.objects.filter(kind=draft.kind, published_at__isnull=False)
    newest = (others.exclude(pk=but.pk) if but else others).order_by("-version").values_list("pk", flat=True).first()
    if newest != draft.based_on_id:
        raise DraftOvertaken(_("别人已经公布了新的一版。请对照新版另开一份草稿。"))


def _known(cells: Mapping[str, NewCell], code: str) -> NewCell:
    if code not in cells:
        raise BadInput(_("草稿里没有网格 %(code)s。请从清单里选。") % {"code": code})
    return cells[code]


def _taken(draft: GridDraft, cells: Mapping[str, NewCell], community: Area) -> set[str]:
    """Codes that a new grid must not get: those of the draft, also of what was removed in it, and those once in force."""
    return {*cells, *draft.drafted.values_list("code", flat=True), *codes_once_used(community)}


def _shapes(cells: Mapping[str, NewCell]) -> dict[str, BaseGeometry]:
    return {code: cell.geometry for code, cell in cells.items()}


def _drawn_or_refused(draw: Callable[[], topology.Changes]) -> topology.Changes:
    try:
        return draw()
    except topology.CannotDraw as error:
        raise BadInput(str(error)) from error


def _told(
    cells: Mapping[str, NewCell], shapes: Mapping[str, BaseGeometry | None], new: Mapping[str, NewCell] | None = None
) -> dict[str, NewCell | None]:
    known = {**cells, **(new or {})}
    return {
        code: None if shape is None else NewCell(code, known[code].name, known[code].community, shape)
        for code, shape in shapes.items()
    }


def _written(cell: NewCell | None) -> dict[str, object] | None:
    if cell is None:
        return None
    return {"name": cell.name, "community": cell.community.pk, "wkb": shapely.to_wkb(cell.geometry, hex=True)}


def _read(code: str, told: dict[str, object] | None, areas: Mapping[int, Area]) -> NewCell | None:
    if told is None:
        return None
    shape = shapely.from_wkb(str(told["wkb"]))
    return NewCell(code, str(told["name"]), areas[int(str(told["community"]))], shape)


def _drawn(shape: BaseGeometry | None) -> BaseGeometry:
    assert shape is not None
    return shape
