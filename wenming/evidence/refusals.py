"""Every way a file can be turned away: what happened, and what the person can do about it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from wenming.refusals import BadInput, Refusal


class EmptyFile(BadInput):
    code = "evidence.empty-file"

    def __init__(self) -> None:
        super().__init__(_("这个文件是空的（0 字节），没有收下。请重新选一次；照片请从相册里选，或现在拍一张。"))


class TooLarge(BadInput):
    code = "evidence.too-large"
    status = 413

    def __init__(self, *, kind: str, limit_mb: int) -> None:
        sentence = {
            "photo": _("照片最大 %(limit)s MB，这张超过了，没有收下。请在手机里选“压缩”后再传，或截一张屏来传。"),
            "video": _("视频最大 %(limit)s MB，这段超过了，没有收下。请剪短一些，或用手机的“压缩视频”后再传。"),
            "document": _("文件最大 %(limit)s MB，这份超过了，没有收下。请拆成几份，或压缩里面的图片后再传。"),
        }[kind]
        super().__init__(sentence % {"limit": limit_mb}, kind=kind, limit_mb=limit_mb)


class TooManyPixels(BadInput):
    code = "evidence.too-many-pixels"

    def __init__(self, *, width_px: int, height_px: int, limit_pixels: int) -> None:
        sentence = _(
            "这张图有 %(pixels)s 万像素（%(width)s × %(height)s），最多收 %(limit)s 万像素。"
            "请把照片缩小后再传，或截一张屏来传。"
        )
        values = {"width": width_px, "height": height_px, "limit": limit_pixels // 10_000}
        super().__init__(sentence % {"pixels": width_px * height_px // 10_000, **values}, **values)


class NotAPhoto(BadInput):
    """The bytes are a web page, an SVG, a document or something unknown, whatever the name says."""

    code = "evidence.not-a-photo"

    def __init__(self, *, markup: bool = False) -> None:
        if markup:
            sentence = _("这个文件里是网页代码，不是照片，没有收下。请长按网页上的图片存到相册，再从相册里选。")
        else:
            sentence = _("这个文件不是照片，没有收下。照片请用 JPG、PNG 或 WebP；其他材料请放到“附件”里传。")
        super().__init__(sentence)


class FormatNotAccepted(BadInput):
    code = "evidence.format-not-accepted"

    def __init__(self, *, kind: str, gif: bool = False) -> None:
        sentence = {
            "photo": _("这里收 JPG、PNG、WebP 照片，不收动图。请截一张屏来传，或从相册里选一张照片。"),
            "video": _("视频要 MP4 格式，这个文件不是。请在手机相机里选 MP4（H.264）重新录，或转成 MP4 后再传。"),
            "document": _(
                "附件收 pdf doc docx xls xlsx ppt pptx wps et ofd mp3，这个文件的内容不是其中一种。"
                "请另存为 PDF 后再传。"
            ),
        }["photo" if gif else kind]
        super().__init__(sentence, kind=kind)


class HeicNotAccepted(BadInput):
    code = "evidence.heic-not-accepted"

    def __init__(self) -> None:
        super().__init__(
            _(
                "这是苹果手机的 HEIC 照片，这里还打不开。"
                "请在“设置—相机—格式”里选“兼容性最佳”后重拍，或把它存成 JPG 再传。"
            )
        )


class CannotOpen(BadInput):
    code = "evidence.cannot-open"

    def __init__(self) -> None:
        super().__init__(_("这张照片打不开，可能没有传完整，没有收下。请重新选这张再传一次；还打不开，就重拍一张。"))


class TooHeavy(BadInput):
    """The child ran out of memory or time: the file asks for more than any photo needs."""

    code = "evidence.too-heavy"

    def __init__(self) -> None:
        super().__init__(_("打开这张照片用的内存或时间超过了上限，没有收下。请截一张屏来传，或重拍一张。"))


class TryAgainSoon(Refusal):
    """All decoding children are busy, or none could be started; the file itself may be fine."""

    code = "evidence.try-again-soon"
    status = 503

    def __init__(self) -> None:
        super().__init__(_("现在同时传照片的人多，这张还没有收下，照片还在您的手机里。请过一分钟再传一次。"))


class UploadGone(BadInput):
    """The token names no pending upload: claimed, expired or never given out."""

    code = "evidence.upload-gone"
    status = 410

    def __init__(self) -> None:
        super().__init__(_("先传的照片已经过了 24 小时没有提交，没有留下来。请重新选一次照片，填好的内容不用再填。"))


class TooManyUnfinished(Refusal):
    """One person has begun many uploads and finished none of them."""

    code = "evidence.too-many-unfinished"
    status = 429

    def __init__(self) -> None:
        super().__init__(_("有很多照片传了一半，先等它们传完。照片都还在手机里，过一会儿会接着传。"))


class OffsetMismatch(Refusal):
    """A piece that does not begin where the last one ended; `offset` says where that is."""

    code = "evidence.offset-mismatch"

    def __init__(self, offset: int) -> None:
        super().__init__(_("照片接着传的位置对不上，会从已经收到的地方接着传。"), offset=offset)


class Busy(Refusal):
    """Another piece of the same upload is being written at this moment."""

    code = "evidence.busy"
    status = 423

    def __init__(self) -> None:
        super().__init__(_("这张照片的另一段正在收，稍后接着传。"))


class PastTheEnd(BadInput):
    """More bytes than were announced."""

    code = "evidence.past-the-end"
    status = 413

    def __init__(self) -> None:
        super().__init__(_("传来的比照片本身还长，这一段没有收下。请重新选这张照片再传。"))


class ChangedOnTheWay(BadInput):
    """The bytes are not those that were sent; 460 is what tus calls it."""

    code = "evidence.changed-on-the-way"
    status = 460

    def __init__(self) -> None:
        super().__init__(_("这一段在路上变了样，没有收下，会自动重传。"))


class AlreadyWithdrawn(Refusal):
    code = "evidence.already-withdrawn"

    def __init__(self) -> None:
        super().__init__(_("这张照片已经撤下了，不用再撤。撤下的人和原因可以在记录里看到。"))


class ReasonMissing(BadInput):
    code = "evidence.reason-missing"

    def __init__(self) -> None:
        super().__init__(_("撤下照片要写原因，现在是空的。请写一句为什么撤下，当事人会看到。"))
