"""Which files are taken is told from their bytes."""

import pytest

from wenming.evidence.rules.formats import HEIC, JPEG, MP3, MP4, PDF, PNG, WEBP, looks_like_markup, sniff, suffix_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        pytest.param(b"\xff\xd8\xff\xe0\0\x10JFIF", "x.png", JPEG, id="a JPEG named png is a JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "x.jpg", PNG, id="a PNG named jpg is a PNG"),
        pytest.param(b"RIFF\x10\0\0\0WEBPVP8 ", "", WEBP, id="WebP needs no name"),
        pytest.param(b"RIFF\x10\0\0\0AVI LIST", "x.webp", None, id="another RIFF file is not WebP"),
        pytest.param(b"\0\0\0\x18ftypheic", "x.jpg", HEIC, id="an iPhone photo renamed"),
        pytest.param(b"\0\0\0\x18ftypmp42", "", MP4, id="MP4"),
        pytest.param(b"\0\0\0\x18ftypavif", "", None, id="a brand nobody asked for"),
        pytest.param(b"ID3\x04", "", MP3, id="MP3 with tags"),
        pytest.param(b"%PDF-1.7", "x.exe", PDF, id="PDF whatever its name"),
        pytest.param(b"<html>%PDF-1.7", "x.pdf", None, id="a web page that mentions PDF"),
        pytest.param(b"MZ\x90", "x.jpg", None, id="a program named jpg"),
        pytest.param(b"", "x.jpg", None, id="nothing"),
    ],
)
def test_the_bytes_decide(head, name, expected):
    assert sniff(head, name) == expected


@pytest.mark.parametrize("suffix", ["doc", "xls", "ppt", "wps", "et"])
def test_in_the_old_office_family_the_name_chooses_the_member(suffix):
    assert sniff(OLE, f"通知.{suffix.upper()}").suffix == suffix


@pytest.mark.parametrize("suffix", ["docx", "xlsx", "pptx", "ofd"])
def test_in_the_zip_family_the_name_chooses_the_member(suffix):
    assert sniff(b"PK\x03\x04", f"通知.{suffix}").suffix == suffix


@pytest.mark.parametrize("name", ["a.zip", "a.docm", "a.xlsm", "a.jar", "a.apk", ""])
def test_a_zip_that_is_not_listed_is_not_taken(name):
    assert sniff(b"PK\x03\x04", name) is None


@pytest.mark.parametrize("head", [b"<!doctype html>", b"\xef\xbb\xbf\n <svg", b"<?xml ", b"<?php", b"#!/bin/sh"])
def test_web_pages_and_scripts_are_recognised(head):
    assert looks_like_markup(head)


def test_a_media_type_no_longer_taken_is_handed_out_as_bin():
    assert suffix_of("image/x-forgotten") == "bin"
    assert suffix_of("application/pdf") == "pdf"
