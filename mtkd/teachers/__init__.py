"""Teacher sources: live models, recorded signals, and wrappers of another source."""

from mtkd.teachers.base import Batch, TeacherSource
from mtkd.teachers.cached import CachedTeacher
from mtkd.teachers.live import LiveTeacher
from mtkd.teachers.served import ServedTeacher
from mtkd.teachers.softened import Softened
from mtkd.teachers.table_file import table_file

__all__ = [
    "Batch",
    "CachedTeacher",
    "LiveTeacher",
    "ServedTeacher",
    "Softened",
    "TeacherSource",
    "table_file",
]
