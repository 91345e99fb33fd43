#!/usr/bin/env python3
"""Makes catalogue.csv from a table of all that is known about each file of the CWRU set.

    python3 make_catalogue.py SOURCE.csv > catalogue.csv

SOURCE.csv has one row for each of the 161 files, with the columns named in FROM below. What the
program needs is kept. What would be a trap is decided here, row by row, so that no program has to
know any file by its number:

* speed_rpm, speed_origin, speed_note: the shaft speed to use. The file's own variable, except where
  it is known to be wrong (tag in the column `quality`) or absent: then the speed found in the
  recording, else that of the publisher's table.
* rate_origin, rate_note: the publisher states the rate of all files but the normals.
* prefix: the name under which a file keeps its variables, also where that is not its own number,
  and which of several recordings in one file is meant.
"""

import csv
import sys

FROM = (
    "file label end rate_hz fault outer_position diameter_in diameter_mm load_hp rpm_nominal rpm_in_file "
    "rpm_measured bearing bearing_id mount_id channels samples var_prefix bytes sha256 url sr_m1 sr_m2 sr_m3 "
    "sr_best quality check"
).split()
TO = (
    "file label site rate_hz rate_origin rate_note fault size_mm size_name position load_hp rpm_nominal "
    "rpm_in_file rpm_measured speed_rpm speed_origin speed_note bearing bearing_id mount_id channels samples "
    "prefix bytes sha256 url grade_m1 grade_m2 grade_m3 grade quality"
).split()

# Tags that say the file's own speed is not that of the recording, and why.
WRONG_SPEED = {
    "rpm_variable_wrong": "the variable {prefix}RPM says {file} rpm, the shaft lines of all channels do not",
    "speed_is_0hp": "the variable {prefix}RPM says {file} rpm, shaft and fault lines are those of 0 hp",
}


def speed(row):
    """Value, origin and source in words of the shaft speed to use."""
    prefix, in_file, measured = row["var_prefix"], row["rpm_in_file"], row["rpm_measured"]
    tags = [tag for tag in row["quality"].split(";") if tag in WRONG_SPEED]
    if tags and not measured:
        raise SystemExit(f"{row['file']}: tagged {tags[0]}, but no measured speed to use instead")
    if tags:
        why = WRONG_SPEED[tags[0]].format(prefix=prefix, file=in_file)
        return measured, "measured", f"shaft lines in the recording; {why}"
    if in_file:
        note = f"variable {prefix}RPM"
        if row["check"] != "checked":
            note += ", as others report it"
        return in_file, "file", note
    if measured:
        return measured, "measured", "shaft lines in the recording; the file has no speed variable"
    return row["rpm_nominal"], "nominal", f"publisher's table for {row['load_hp']} hp"


def rate(row):
    """Origin and source in words of the sampling rate."""
    if row["fault"] == "normal":
        return "estimated", "not published; supply lines and sample counts are those of the 48 kHz files"
    return "nominal", "published with the recording"


def convert(row):
    missing = [name for name in FROM if name not in row]
    if missing:
        raise SystemExit(f"the source table lacks the columns {missing}")
    speed_rpm, speed_origin, speed_note = speed(row)
    rate_origin, rate_note = rate(row)
    same = "file label rate_hz fault load_hp rpm_nominal rpm_in_file rpm_measured bearing bearing_id mount_id channels samples bytes sha256 url quality"
    out = {name: row[name] for name in same.split()}
    out.update(
        site="" if row["end"] == "none" else row["end"],
        rate_origin=rate_origin,
        rate_note=rate_note,
        size_mm=row["diameter_mm"],
        size_name=f"{row['diameter_in']} in" if row["diameter_in"] else "",
        position=f"{row['outer_position']} o'clock" if row["outer_position"] else "",
        speed_rpm=speed_rpm,
        speed_origin=speed_origin,
        speed_note=speed_note,
        prefix=row["var_prefix"],
        grade_m1=row["sr_m1"],
        grade_m2=row["sr_m2"],
        grade_m3=row["sr_m3"],
        grade=row["sr_best"],
    )
    return out


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with open(sys.argv[1], newline="", encoding="utf-8") as source:
        rows = [convert(row) for row in csv.DictReader(source)]
    writer = csv.DictWriter(sys.stdout, TO, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
