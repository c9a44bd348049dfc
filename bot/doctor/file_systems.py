"""The kind of file system that a path is on, as the kernel's table of mounts has it."""

from __future__ import annotations

from pathlib import Path

NETWORK_KINDS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs", "davfs", "virtiofs", "vboxsf"}
    | {f"fuse.{name}" for name in ("sshfs", "rclone", "s3fs", "glusterfs", "davfs", "osxfs", "grpcfuse")}
)
"""Kinds whose other side is another machine, or the host of a virtual one."""

MEMORY_KINDS = frozenset({"tmpfs", "ramfs"})
"""Kinds that are empty after a restart."""

CONTAINER_KINDS = frozenset({"overlay", "aufs", "fuse-overlayfs", "fuse.fuse-overlayfs"})
"""Kinds of a container's own layer, which goes with the container."""

MOUNTS = Path("/proc/self/mountinfo")


def file_system_kind(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the kind of file system, such as `ext4`, of a path or its nearest existing parent; None if unknown."""
    existing = next(parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists()).resolve()
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # other systems have no such table
        return None
    found: tuple[int, str] | None = None
    for line in lines:
        mounted, _, rest = line.partition(" - ")
        fields = mounted.split(" ")
        if len(fields) < 5 or not rest:
            continue
        place = Path(_unescape(fields[4]))
        if existing.is_relative_to(place) and (found is None or len(place.parts) >= found[0]):
            found = len(place.parts), rest.partition(" ")[0]
    return None if found is None else found[1]


def _unescape(text: str) -> str:
    """Return a mount's path as it is: the kernel writes blanks and backslashes as octal numbers."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
