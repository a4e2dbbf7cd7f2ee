"""A disk that may lose what was not synchronised, as POSIX allows.

What is in a file is certain as far as its last `fsync`; of what was written since, each piece may be there
or not, be torn, or be zeros of the right length. That a folder has a name, or no longer has it, is certain
once that folder was synchronised, and until then each change is kept or lost apart from the others. A
rename is one change.
"""

import pathlib


class File:
    """The bytes that are certain, and the changes since: (offset, bytes), or (length, None)."""

    def __init__(self, content=b""):
        self.certain = content
        self.changes = []

    def content(self, changes):
        """The bytes after some of the changes; what nothing was written to is zeros."""
        if not changes:
            return self.certain
        content = bytearray(self.certain)
        for offset, text in changes:
            content.extend(bytes(max(0, offset - len(content))))
            content[offset:offset + len(text) if text is not None else None] = text or b""
        return bytes(content)

    def synchronize(self):
        self.certain, self.changes = self.content(self.changes), []


class Folder:
    """The names that are certain, and the changes since: what names lead to, None where to nothing."""

    def __init__(self):
        self.certain = {}
        self.changes = []

    def entries(self, changes):
        """What names lead to after some of the changes."""
        entries = dict(self.certain)
        for change in changes:
            entries.update(change)
        return {name: node for name, node in entries.items() if node is not None}

    def synchronize(self):
        self.certain, self.changes = self.entries(self.changes), []


class Disk:
    """Folders and files, and what calls make of them."""

    def __init__(self, path, state=None):
        """A disk that holds a state (see `state`) for certain, below a path."""
        self.path = pathlib.Path(path)
        self.root = Folder()
        for name, content in sorted((state or {}).items()):
            folder, last = self.place(self.path / name)
            folder.certain[last] = Folder() if content is None else File(content)

    def place(self, path):
        """The folder that a path is in, as a program finds it, and the path's last part."""
        folder = self.root
        *above, last = pathlib.Path(path).relative_to(self.path).parts
        for name in above:
            folder = folder.entries(folder.changes)[name]
        return folder, last

    def find(self, path):
        """What a path leads to; nothing where its name was removed."""
        if pathlib.Path(path) == self.path:
            return self.root
        folder, last = self.place(path)
        return folder.entries(folder.changes).get(last)

    def do(self, call):
        """Does a call."""
        node = self.find(call.path)
        if call.name == "synchronize":
            node.synchronize()
        elif call.name in ("write", "truncate"):
            if node:
                node.changes.append((call.offset, call.bytes))
        elif call.name == "create":
            if not node:
                self.change(call.path, File())
        elif call.name == "mkdir":
            self.change(call.path, Folder())
        elif call.name in ("unlink", "rmdir"):
            self.change(call.path, None)
        elif call.name == "rename" and self.place(call.path)[0] is self.place(call.to)[0]:
            folder, last = self.place(call.path)
            folder.changes.append({last: None, self.place(call.to)[1]: node})
        else:
            raise ValueError(f"{call.name} of {call.path} is not modelled")

    def change(self, path, node):
        folder, last = self.place(path)
        folder.changes.append({last: node})

    def state(self, loss):
        """What is there after a loss of power: the bytes of files and None for folders, by their paths."""
        state = {}

        def add(folder, prefix):
            for name, node in folder.entries(loss.names(folder.changes)).items():
                if isinstance(node, Folder):
                    state[prefix + name] = None
                    add(node, f"{prefix}{name}/")
                else:
                    state[prefix + name] = loss.content(node)

        add(self.root, "")
        return state


class Loss:
    """A loss of power after which all names are there or none that is not certain, and so of bytes."""

    def __init__(self, has_names, has_bytes):
        self.has_names = has_names
        self.has_bytes = has_bytes

    def names(self, changes):
        return changes if self.has_names else []

    def content(self, file):
        return file.content(file.changes if self.has_bytes else [])


class ZeroLoss(Loss):
    """A loss of power after which files have their lengths, but zeros for what is not certain."""

    def __init__(self):
        super().__init__(True, False)

    def content(self, file):
        return file.content([zeroed(change) for change in file.changes])


class RandomLoss:
    """A loss of power after which each change is there or not, by chance."""

    def __init__(self, random):
        self.random = random
        self.part = random.choice([0.2, 0.5, 0.8])

    def names(self, changes):
        return [change for change in changes if self.random.random() < self.part]

    def content(self, file):
        return file.content([self.left(change) for change in file.changes if self.random.random() < self.part])

    def left(self, change):
        """What is left of a change that is not lost as a whole."""
        offset, text = change
        kind = self.random.choice(["whole", "whole", "torn", "zero"])
        if text is None or kind == "whole":
            return change
        return (offset, text[:self.random.randrange(len(text) + 1)]) if kind == "torn" else zeroed(change)


EXTREMES = [Loss(False, False), Loss(True, True), Loss(True, False), Loss(False, True), ZeroLoss()]


def zeroed(change):
    """A write of which only the length is there."""
    offset, text = change
    return change if text is None else (offset, bytes(len(text)))
