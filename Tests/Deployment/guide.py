"""The commands of a guide, and what it says that they print."""
import dataclasses
import re


@dataclasses.dataclass
class Command:
    line: int
    text: str
    # What stands below it; `…` is anything.
    output: list

    def missing(self, printed):
        """The lines that were not printed; blanks count as one."""
        lines = [" ".join(line.split()) for line in printed.splitlines()]

        def is_there(expected):
            pattern = ".*".join(re.escape(part) for part in expected.split("…"))
            return any(re.fullmatch(pattern, line) for line in lines)

        return [line for line in self.output if not is_there(" ".join(line.split()))]


def commands(path):
    """The commands of a document: lines of code that begin with `$`."""
    result, isOpen = [], False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("    $ "):
            result.append(Command(number, line.removeprefix("    $ "), []))
            isOpen = True
        elif isOpen and line.startswith("    "):
            if result[-1].text.endswith("\\"):
                result[-1].text += "\n" + line.strip()
            else:
                result[-1].output.append(line)
        else:
            isOpen = False
    return result


def section(path, title):
    """The lines of a section of a document, up to the next heading of its rank or above."""
    lines = path.read_text().splitlines()
    start = lines.index(title)
    rank = title.split(" ")[0]
    for end in range(start + 1, len(lines)):
        mark = lines[end].split(" ")[0]
        if mark and set(mark) == {"#"} and len(mark) <= len(rank):
            return lines[start:end]
    return lines[start:]
