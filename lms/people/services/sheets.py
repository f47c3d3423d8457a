"""Activation codes as a spreadsheet to hand out."""

import io
from collections.abc import Sequence

import xlsxwriter

from lms.people.selectors import SheetRow


def write_codes(rows: Sequence[SheetRow]) -> bytes:
    """Activation codes to hand out, as text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("激活码")
    text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 1})
    for index, (title, width) in enumerate((("姓名", 14), ("单位", 32), ("手机号", 16), ("激活码", 14))):
        sheet.set_column(index, index, width, text)
        sheet.write_string(0, index, title, head)
    for number, row in enumerate(rows, start=1):
        for index, value in enumerate((row.name, row.unit, row.phone, row.code)):
            sheet.write_string(number, index, value, text)
    book.close()
    return out.getvalue()
