"""Writes series.csv, the bearings whose inner geometry no maker prints, from what they do print.

Run without arguments in this folder. Prints how far the results lie from geometry that is published.

Ball bearings, status `rated`: a maker prints the load ratings and the factor f0. ISO 76 gives the static rating of
a row of steel balls, C0 = f0 Z Dw^2 cos(a), with f0 a table over Dw cos(a)/Dpw; ISO 281 the dynamic one,
C = bm fc Z^(2/3) Dw^1.8 cos(a)^0.7 (3.647 Dw^1.4 above 25.4 mm), bm = 1.3, fc a table over the same ratio. With
the pitch diameter in the middle, Dpw = (bore + outside)/2, each number Z and each ball Dw that is made foretells three
printed figures; the pair that meets them best is taken. Where a pair with another Z meets them nearly as well, or none
well, Z is uncertain by one.

Roller bearings and the rest, status `nominal`: design rules.
  cylindrical, E design: Dw = (Ew - Fw)/2, Dpw = (Ew + Fw)/2 from the printed raceways, Z = round(0.81 pi Dpw/Dw)
  all others: Dw = k (outside - bore), Dpw = m (bore + outside)/2, Z = round(f pi Dpw/Dw), rows in RULES
"""
import csv
import math

F0 = [14.7, 14.9, 15.1, 15.3, 15.5, 15.7, 15.9, 16.1, 16.3, 16.5, 16.4, 16.1, 15.9, 15.6, 15.4, 15.2, 14.9, 14.7,
      14.4, 14.2, 14.0, 13.7, 13.5, 13.2, 13.0, 12.8, 12.5, 12.3, 12.1, 11.8, 11.6, 11.4, 11.2, 10.9, 10.7, 10.5]
FC = [(.05, 46.7), (.06, 49.1), (.07, 51.1), (.08, 52.8), (.09, 54.3), (.10, 55.5), (.12, 57.5), (.14, 58.8),
      (.16, 59.6), (.18, 59.9), (.20, 59.9), (.22, 59.6), (.24, 59.0), (.26, 58.2), (.28, 57.1), (.30, 56.0)]

#  series: k, m, f, angle, error of Z; the rules of balls take the ball of the series named instead of k
RULES = {
    "222": (.245, 1.01, .83, 10, 2), "223": (.263, 1.015, .83, 13, 2), "213": (.25, 1.01, .83, 9, 2),
    "230": (.26, 1.0, .83, 8.5, 2), "231": (.25, 1.0, .83, 11, 2), "232": (.245, 1.01, .83, 12.5, 2),
    "12": (.248, 1.0, .77, 9.5, 2), "13": (.25, 1.0, .77, 10, 2), "22": (.235, 1.0, .77, 12.5, 2),
    "23": (.25, 1.0, .77, 15, 2), "302": (.245, 1.0, .87, 14, 2), "303": (.265, 1.0, .87, 12.5, 2),
    "313": (.25, 1.0, .87, 28.8, 2), "322": (.245, 1.0, .87, 14, 2), "323": (.265, 1.0, .87, 12.5, 2),
    "320": (.25, 1.0, .87, 15, 2), "32": ("62", 1.0, .80, 30, 2), "33": ("63", 1.0, .80, 30, 2),
}
# Outside diameters of ISO 15 by diameter series and bore code.
BORE = {0: 10, 1: 12, 2: 15, 3: 17}
SERIES_0 = {4: 42, 5: 47, 6: 55, 7: 62, 8: 68, 9: 75, 10: 80, 11: 90, 12: 95, 13: 100, 14: 110, 15: 115, 16: 125,
            17: 130, 18: 140, 19: 145, 20: 150, 22: 170, 24: 180, 26: 200, 28: 210, 30: 225, 32: 240, 34: 260,
            36: 280, 38: 290, 40: 310, 44: 340, 48: 360}
SERIES_1 = {20: 165, 22: 180, 24: 200, 26: 210, 28: 225, 30: 250, 32: 270, 34: 280, 36: 300, 38: 320, 40: 340,
            44: 370, 48: 400}
SERIES_2 = {0: 30, 1: 32, 2: 35, 3: 40, 4: 47, 5: 52, 6: 62, 7: 72, 8: 80, 9: 85, 10: 90, 11: 100, 12: 110, 13: 120,
            14: 125, 15: 130, 16: 140, 17: 150, 18: 160, 19: 170, 20: 180, 22: 200, 24: 215, 26: 230, 28: 250,
            30: 270, 32: 290, 34: 310, 36: 320, 38: 340, 40: 360, 44: 400, 48: 440}
SERIES_3 = {0: 35, 1: 37, 2: 42, 3: 47, 4: 52, 5: 62, 6: 72, 7: 80, 8: 90, 9: 100, 10: 110, 11: 120, 12: 130, 13: 140,
            14: 150, 15: 160, 16: 170, 17: 180, 18: 190, 19: 200, 20: 215, 22: 240, 24: 260, 26: 280, 28: 300,
            30: 320, 32: 340, 34: 360, 36: 380, 38: 400, 40: 420}
RANGES = {"222": (SERIES_2, 5, 48), "223": (SERIES_3, 8, 40), "213": (SERIES_3, 4, 22), "230": (SERIES_0, 20, 48),
          "231": (SERIES_1, 20, 48), "232": (SERIES_2, 18, 48), "12": (SERIES_2, 0, 24), "13": (SERIES_3, 0, 20),
          "22": (SERIES_2, 0, 22), "23": (SERIES_3, 0, 18), "302": (SERIES_2, 3, 30), "303": (SERIES_3, 2, 20),
          "313": (SERIES_3, 5, 20), "322": (SERIES_2, 3, 30), "323": (SERIES_3, 3, 20), "320": (SERIES_0, 4, 40),
          "32": (SERIES_2, 0, 22), "33": (SERIES_3, 2, 22)}
# Published geometry to measure against: Z, Dw, Dpw; sources in catalogue.toml.
PUBLISHED = {"6203": (8, 6.746, 28.499), "6205": (9, 7.940, 39.040), "6804": (13, 3.5, 25.6), "6209": (9, 12.7, 65.0),
             "7218C": (16, 22.23, 125.26), "22317": (14, 25.0, 135.08), "22228": (19, 26.85, 195.0)}


def interpolated(table, at):
    at = min(max(at, table[0][0]), table[-1][0])
    for (low, a), (high, b) in zip(table, table[1:]):
        if at <= high:
            return a + (b - a) * (at - low) / (high - low)


def made_balls():
    """Diameters with a penalty: inch balls by 1/32 are usual, the others rarer."""
    balls = {}
    for step in range(2, 96):
        balls[step * 25.4 / 32] = 0.0
    balls[3.5] = 0.5
    for step in range(5, 96, 2):
        balls.setdefault(step * 25.4 / 64, 1.0)
    for step in range(4, 200):
        balls.setdefault(step * 0.5, 3.0)
    return balls.items()


def from_ratings(bore, outside, dynamic, static, f0, angle):
    pitch, cosine, found = (bore + outside) / 2, math.cos(math.radians(angle)), []
    table = [(i / 100, value) for i, value in enumerate(F0)]
    for ball, penalty in made_balls():
        ratio = ball * cosine / pitch
        factor_off = (interpolated(table, ratio) - f0) / 0.12
        if not .03 < ratio < .34 or abs(factor_off) > 3.5:
            continue
        for count in range(5, 40):
            if not .4 < count * ball / (math.pi * pitch) < .95:
                continue
            c0 = interpolated(table, ratio) * count * ball ** 2 * cosine
            size = ball ** 1.8 if ball <= 25.4 else 3.647 * ball ** 1.4
            c = 1.3 * interpolated(FC, ratio) * cosine ** .7 * count ** (2 / 3) * size
            static_off, dynamic_off = (c0 / (1e3 * static) - 1) / 0.006, (c / (1e3 * dynamic) - 1) / 0.012
            if abs(static_off) < 4:
                misfit = factor_off ** 2 + static_off ** 2 + dynamic_off ** 2 + penalty
                found.append((misfit, count, ball, pitch))
    found.sort()
    best = found[0]
    rival = next((one for one in found if one[1] != best[1]), None)
    unsure = best[0] > 8 or (rival is not None and rival[0] - best[0] < 4)
    return best[1], best[2], pitch, int(unsure)


def rows_of(name):
    with open(name, encoding="utf-8") as text:
        return list(csv.reader(line for line in text if not line.startswith("#")))


def main():
    made = {}

    def add(name, count, ball, pitch, angle, bore, outside, status, source, off, ratio_off):
        made[name] = (name, count, round(ball, 3), round(pitch, 3), angle, bore, outside, status, source, off, ratio_off)

    unsure = 0
    for bore, outside, dynamic, static, f0, name in rows_of("ratings.csv"):
        angle = 15.0 if name.endswith("C") else 0.0
        numbers = [float(x) for x in (bore, outside, dynamic, static, f0)]
        count, ball, pitch, off = from_ratings(*numbers, angle)
        unsure += off
        size = (bore, outside, "rated", "ratings", off, 0.02)
        if angle:
            base = name[:-1]
            for suffix, its in (("", 30), ("A", 30), ("AC", 25), ("B", 40), ("C", 15)):
                add(base + suffix, count, ball, pitch, its, *size)
            continue
        add(name, count, ball, pitch, 0, *size)
        if name[:2] in ("68", "69"):
            add("61" + name[1:], count, ball, pitch, 0, *size)
        if name[:2] in ("62", "63") and len(name) == 4 and 0 <= int(name[2:]) <= 14:
            add("62" + name[1:], count, ball, pitch, 0, *size)
    for series, bore, outside, inner, outer in rows_of("raceways.csv"):
        ball, pitch = (float(outer) - float(inner)) / 2, (float(outer) + float(inner)) / 2
        count = round(0.81 * math.pi * pitch / ball)
        code = f"{int(bore) // 5:02d}"
        kinds = ("NU", "N") if series == "10" else ("NU", "NJ", "NUP", "N")
        for width in ("", "2") if series != "10" else ("",):
            for kind in kinds if not width else ("NU", "NJ", "NUP"):
                name = f"{kind}{width}{series}{code}"
                add(name, count, ball, pitch, 0, bore, outside, "nominal", "raceways", 1 if count < 15 else 2, 0.02)
    for series, (k, m, f, angle, off) in RULES.items():
        outsides, first, last = RANGES[series]
        for code, outside in outsides.items():
            if not first <= code <= last:
                continue
            bore = BORE.get(code, 5 * code)
            pitch = m * (bore + outside) / 2
            twin = made.get(f"{k}{code:02d}") if isinstance(k, str) else None
            if isinstance(k, str) and twin is None:
                continue
            ball = twin[2] if twin else k * (outside - bore)
            count = round(f * math.pi * pitch / ball)
            name = f"{series}{code:02d}"
            source = "balls" if twin else "rules"
            add(name, count, ball, pitch, angle, bore, outside, "nominal", source, off, 0.08)
    head = "designation,rolling_elements,ball_diameter_mm,pitch_diameter_mm,contact_angle_deg,bore_mm,outside_mm," \
           "status,source,rolling_elements_off,ratio_off"
    with open("series.csv", "w", encoding="utf-8", newline="\n") as text:
        text.write("# Made by make_series.py from ratings.csv, raceways.csv and its rules; do not edit.\n" + head + "\n")
        for row in made.values():
            text.write(",".join(f"{x:g}" if isinstance(x, float) else str(x) for x in row) + "\n")
    count = lambda status: sum(row[7] == status for row in made.values())
    print(f"{len(made)} designations: {count('rated')} rated ({unsure} rows with Z +-1), {count('nominal')} nominal")
    for name, (z, d, pitch) in PUBLISHED.items():
        row = made[name]
        print(f"{name:6} {row[7]:8} Z {row[1]} of {z}, Dw {row[2]} of {d}, "
              f"ratio {100 * (row[2] / row[3] / (d / pitch) - 1):+.1f} %")
    thumb = [(row[2] / row[3], row[2], row[3], row[1], (float(row[6]) - float(row[5])), row[0])
             for row in made.values() if row[7] == "rated" and row[0][:2] in ("60", "62", "63", "64") and row[4] == 0]
    errors = [100 * (.3 * width / pitch / ratio - 1) for ratio, _, pitch, _, width, _ in thumb]
    counts = [round(.59 * math.pi * pitch / (.3 * width)) - z for _, _, pitch, z, width, _ in thumb]
    print(f"thumb rule 0.3 (outside - bore), 59 % filled, on {len(thumb)} rated: ratio {min(errors):+.0f} to "
          f"{max(errors):+.0f} %, Z off by {min(counts):+d} to {max(counts):+d}, right in {counts.count(0)}")


main()
