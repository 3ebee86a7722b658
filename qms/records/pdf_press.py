"""One page of a PDF as a picture, in a process of its own: it has PDFium, a cap of memory and of time, and nothing else of ours.

    python pdf_press.py PAGE MEBIBYTES SECONDS < drawing.pdf > page.png

Exit codes: 0 drawn, 3 too large, 4 no such page (their number is the last line of stderr), else it could not be read.
"""

import resource
import sys

import pypdfium2

TOO_LARGE, NO_PAGE = 3, 4
DPI, LONGEST = 200, 5000  # pixels: an A1 sheet at 150 dpi, so that small figures can be read


def main(page: int, memory: int, seconds: int) -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory << 20, memory << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    if not 1 <= page <= len(document):
        print(len(document), file=sys.stderr)
        return NO_PAGE
    sheet = document[page - 1]
    scale = min(DPI / 72, LONGEST / max(sheet.get_width(), sheet.get_height()))
    try:
        picture = sheet.render(scale=scale).to_pil().convert("L")  # drawings are black on white
    except MemoryError:
        return TOO_LARGE
    picture.save(sys.stdout.buffer, "PNG", optimize=False)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
