"""Mapping files: how rows of outside files become commands or facts.

What may stand in one is said once: for people, for editors (`aftercare import --schema`) and for the program.
"""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", description="A name: small letters, digits, underscores.")]
Cel = Annotated[str, Meta(description="An expression in CEL, the Common Expression Language.", examples=["age > 3"])]
Template = Annotated[
    str, Meta(description="A text; `{name}` stands for what the column of this name says.", examples=["PDM-{machine}"])
]
Separator = Annotated[str, Meta(min_length=1)]
Sign = Annotated[str, Meta(max_length=1)]
Scalar = str | int | bool


class Shape(Struct, forbid_unknown_fields=True, kw_only=True):
    """How a file is written. What is not said is found out, and told."""

    format: Annotated[
        Literal["csv", "tsv", "ndjson", "json", "xlsx"] | None, Meta(description="By the name of the file if not said.")
    ] = None
    compression: Literal["none", "gzip", "zstd", "zip"] | None = None
    inside: Annotated[str | None, Meta(description="Which members of an archive: a pattern such as `*.csv`.")] = None
    encoding: Annotated[str | None, Meta(description="Of a text file.", examples=["utf-8", "cp1252"])] = None
    separator: Annotated[Sign | None, Meta(description="Between cells of CSV.")] = None
    quote: Annotated[Sign | None, Meta(description="Around cells of CSV; empty: none.")] = None
    escape: Annotated[Sign | None, Meta(description="Before a quote inside a cell, if it is not doubled.")] = None
    header: Annotated[bool, Meta(description="Whether the first row has the names of the columns.")] = True
    skip: Annotated[int, Meta(ge=0, description="Lines before the header.")] = 0
    sheet: Annotated[str | None, Meta(description="Of XLSX; the first one if not said.")] = None
    members: Annotated[
        str | None, Meta(description="JSON: names from the top down to the list of rows.", examples=["data.items"])
    ] = None

    def uses(self, column: str) -> bool:
        """Return whether a column of the file, by its name there, may be used."""
        del column
        return True


class Column(Struct, forbid_unknown_fields=True, kw_only=True):
    """One column, and what is done to its cells, in the order in which the fields stand here."""

    from_: Annotated[
        str | None,
        Meta(description="Its name in the file, or its number if there is no header; the own name if not said."),
    ] = field(name="from", default=None)
    trim: Annotated[bool, Meta(description="Whether blanks around the text are taken away.")] = True
    empty: Annotated[
        list[str], Meta(description="Texts that say nothing, besides the empty one.", examples=[["NULL", "n/a"]])
    ] = field(default_factory=list)
    default: Annotated[str | None, Meta(description="What an empty cell says; then the steps below follow.")] = None
    required: Annotated[bool, Meta(description="Whether an empty cell makes the row wrong.")] = False
    replace: Annotated[
        list[tuple[str, str]], Meta(description="Pairs of a regular expression and the text that takes its place.")
    ] = field(default_factory=list)
    match: Annotated[
        str | None, Meta(description="Regular expression for the whole text; with a group, that part is taken.")
    ] = None
    case: Literal["lower", "upper"] | None = None
    code: Annotated[
        bool,
        Meta(description="Whether the text becomes a code: small Latin letters without accents, digits and `-`."),
    ] = False
    lookup: Annotated[
        Name | None, Meta(description="The look-up in which the text is found; else the row is wrong.")
    ] = None
    split: Annotated[Separator | None, Meta(description="What stands between the parts of a list.")] = None
    type: Literal["text", "number", "integer", "boolean", "date", "moment"] = "text"
    decimal: Annotated[Literal[".", ","], Meta(description="The decimal sign of numbers.")] = "."
    group: Annotated[Sign | None, Meta(description="What groups the digits of numbers.")] = None
    unit: Annotated[str | None, Meta(description="In which unit numbers are written.", examples=["min"])] = None
    to: Annotated[str | None, Meta(description="Into which unit they are turned.", examples=["h"])] = None
    formats: Annotated[
        list[str],
        Meta(
            description="Of dates and moments, as strptime has them; ISO 8601 if none is said.",
            examples=[["%d.%m.%Y %H:%M"]],
        ),
    ] = field(default_factory=list)
    zone: Annotated[str | None, Meta(description="Of moments that say none.", examples=["Europe/Berlin"])] = None
    twice: Annotated[
        Literal["refuse", "first", "second"], Meta(description="What a time that a clock shows twice means.")
    ] = "refuse"
    true: Annotated[list[str], Meta(description="What says yes.")] = field(default_factory=lambda: ["true", "yes", "1"])
    false: Annotated[list[str], Meta(description="What says no.")] = field(default_factory=lambda: ["false", "no", "0"])


class File(Shape, forbid_unknown_fields=True, kw_only=True):
    """One kind of file: which ones they are, how they are written, and their columns."""

    path: Annotated[
        list[str],
        Meta(min_length=1, description="Patterns of names, in order of precedence.", examples=[["outages*.csv"]]),
    ]
    columns: Annotated[
        dict[Name, Column], Meta(description="The columns that are used, by the names that they have here.")
    ]
    optional: Annotated[bool, Meta(description="Whether there may be no such file.")] = False
    when: Annotated[Cel | None, Meta(description="Rows for which it is false are left out, and counted.")] = None
    key: Annotated[
        Template | None, Meta(description="What a row is about. Rows of one key, of all files, are seen together.")
    ] = None
    moment: Annotated[Name | None, Meta(description="The column that says when: the order of the rows of a key.")] = (
        None
    )
    unique: Annotated[list[Name], Meta(description="Columns by which rows are the same; one of them counts.")] = field(
        default_factory=list
    )
    prefer: Annotated[
        Name | None, Meta(description="Of rows that are the same, one in which this column is not empty.")
    ] = None
    phase: Annotated[
        int, Meta(ge=1, le=9, description="Rows of an earlier phase are all recorded before those of a later one.")
    ] = 1
    derived: Annotated[
        dict[Name, Cel], Meta(description="More columns, worked out in this order once all rows of a key are there.")
    ] = field(default_factory=dict)

    def uses(self, column: str) -> bool:
        """Return whether one of the columns is that column of the file."""
        return any((each.from_ or name) == column for name, each in self.columns.items())


class Spec(Struct, forbid_unknown_fields=True, kw_only=True):
    """A value that is more than a text: exactly one of `cel`, `id`, `item` and `of`."""

    cel: Annotated[Cel | None, Meta(description="What the expression says.")] = None
    id: Annotated[Template | None, Meta(description="An id that follows from this text, the same in every run.")] = None
    item: Annotated[Template | None, Meta(description="The item on record with this serial number.")] = None
    manufacturer: Annotated["str | Spec | None", Meta(description="Whose serial number it is.")] = None
    of: Annotated[Template | None, Meta(description="What is looked up.")] = None
    lookup: Annotated[Name | None, Meta(description="Where it is looked up.")] = None
    default: Annotated[Scalar | None, Meta(description="What holds if nothing is said.")] = None


Value = str | int | bool | list[str | int | bool | Spec] | Spec
"""A template, a constant, a list of these, or a value that is more."""


class Record(Struct, forbid_unknown_fields=True, kw_only=True):
    """One command or fact that rows become."""

    name: Annotated[str, Meta(min_length=1, description="By which it is told, in accounts and explanations.")]
    from_: Annotated[
        Name | None, Meta(description="The file whose rows become it; none: once for the whole import.")
    ] = field(name="from", default=None)
    per: Annotated[
        list[Name], Meta(description="Columns: once for each combination of them, not for each row; seen as `these`.")
    ] = field(default_factory=list)
    when: Annotated[Cel | None, Meta(description="Only if this holds.")] = None
    each: Annotated[Cel | None, Meta(description="Once for each member of this list, seen as `each`.")] = None
    command: Annotated[str | None, Meta(description="Name of a command.", examples=["record_meter_reading"])] = None
    fact: Annotated[str | None, Meta(description="Name of a fact.", examples=["equipment.moved"])] = None
    stream: Annotated[Value | None, Meta(description="Of a fact: the id of the stream in which it stands.")] = None
    fields: Annotated[dict[str, Value], Meta(description="Its fields.")] = field(default_factory=dict)
    at: Annotated[Value, Meta(description="When it happened.")]
    id: Annotated[Template | Spec, Meta(description="What makes it one and the same in every run.")]
    source: Annotated[str | None, Meta(description="The source of its id; that of the mapping if not said.")] = None
    reason: Annotated[Template | None, Meta(description="Why, as a code.")] = None
    step: Annotated[
        int, Meta(ge=0, le=9, description="Of what happened at one moment: first all of step 0, row by row, then 1, …")
    ] = 0


class Mapping(Struct, forbid_unknown_fields=True, kw_only=True):
    """A mapping file: files, their columns, and the commands or facts that their rows become."""

    format: Annotated[Literal[1], Meta(description="Of mapping files.")]
    source: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Where the data come from: a URI.",
            examples=["urn:acme:telemetry"],
        ),
    ]
    files: Annotated[dict[Name, File], Meta(min_length=1, description="The kinds of files, by name.")]
    records: Annotated[list[Record], Meta(min_length=1, description="What rows become; at one moment in this order.")]
    ids: Annotated[
        UUID | None, Meta(description="The namespace of ids that are made; follows from `source` if not said.")
    ] = None
    zone: Annotated[str | None, Meta(description="Of moments that say none, if their column says none either.")] = None
    order: Annotated[
        Literal["file", "time"],
        Meta(description="Of rows without a key: as they stand, or of all files by their moments."),
    ] = "file"
    constants: Annotated[dict[Name, Scalar], Meta(description="Values that are used in several places.")] = field(
        default_factory=dict
    )
    lookups: Annotated[dict[Name, dict[str, Scalar]], Meta(description="What texts of a file mean here.")] = field(
        default_factory=dict
    )
