"""What a program's own bytes say about the machines that it starts on."""

import re
import struct

from project import Refused

ELF_CPU = {"x86_64": 62, "aarch64": 183}
MACH_CPU = {"x86_64": 0x01000007, "arm64": 0x0100000C}
PE_CPU = {"amd64": 0x8664}
INTERPRETER = 3  # PT_INTERP: the program needs a loader, and with it a C library
# A static Linux program needs a kernel and nothing else; these are the oldest systems that the tags can name.
STATIC_TAGS = ["manylinux_2_17_{0}", "manylinux2014_{0}", "musllinux_1_1_{0}"]
# MACOSX_DEPLOYMENT_TARGET of the workflow.
OLDEST_MAC = "11_0"


def check(target, data):
    """Is it a program for this target? A package with another one would fail only where it is installed."""
    wrong = Refused(f"this program is not one for {target.triple}")
    if target.windows:
        at = number("<I", data, 0x3C, wrong)
        if data[:2] != b"MZ" or data[at : at + 4] != b"PE\0\0":
            raise wrong
        if number("<H", data, at + 4, wrong) != PE_CPU[target.cpu]:
            raise wrong
    elif target.linux:
        if data[:6] != b"\x7fELF\x02\x01" or number("<H", data, 18, wrong) != ELF_CPU[target.cpu]:
            raise wrong
        if target.triple.endswith("-musl") and not static(data):
            raise Refused(f"{target.triple}: this program is not static, it names a loader (readelf -l)")
    elif data[:4] != b"\xcf\xfa\xed\xfe" or number("<I", data, 4, wrong) != MACH_CPU[target.cpu]:
        raise wrong


def number(form, data, at, wrong):
    try:
        return struct.unpack_from(form, data, at)[0]
    except struct.error as e:
        raise wrong from e


def static(data):
    """Has this ELF program no loader?"""
    wrong = Refused("the program's head is cut off")
    offset = number("<Q", data, 32, wrong)
    size, count = number("<H", data, 54, wrong), number("<H", data, 56, wrong)
    return all(number("<I", data, offset + n * size, wrong) != INTERPRETER for n in range(count))


def wheel_tags(target, data):
    """The platform tags of a wheel with this program."""
    if target.windows:
        return [f"win_{target.cpu}"]
    if not target.linux:
        return [f"macosx_{OLDEST_MAC}_{target.cpu}"]
    if static(data):
        return [tag.format(target.cpu) for tag in STATIC_TAGS]
    wanted = [int(minor) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?:\.\d+)?(?=\0)", data)]
    if not wanted:
        raise Refused(f"{target.triple}: the program is not static and names no version of glibc")
    return [f"manylinux_2_{max(17, *wanted)}_{target.cpu}"]
